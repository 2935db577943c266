// SPDX-License-Identifier: Apache-2.0
#include "batch/results_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

TaskResult some_result() {
  TaskResult result;
  result.id = "t";
  result.line = 3;
  result.ending = Ending::exited_zero;
  result.out = "out";
  result.err = std::string("\xff\0err", 5);
  result.artifacts = {{.path = "../a b", .content = "A", .size = 1},
                      {.path = "none", .error = "no such file"},
                      {.path = "bin", .content = std::string("\xfe", 1), .size = 1}};
  return result;
}

JsonDocument record_of(const TaskResult& result) {
  std::string line = to_json_line(result);
  line.pop_back();
  auto document = parse_json(line);
  REQUIRE(document.ok());
  return *std::move(document);
}

// Every file below the directory, with its content.
std::map<std::string, std::string> files_of(const std::string& path) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    const auto mode = entry.symlink_status().permissions();
    CHECK((static_cast<unsigned>(mode) & 07777) == (entry.is_directory() ? 0700U : 0600U));
    if (!entry.is_directory()) out[std::filesystem::relative(entry.path(), path)] = *read_file(entry.path(), 1 << 20);
  }
  return out;
}

const std::map<std::string, std::string> kFiles = {{"3-t/stdout", "out"},
                                                   {"3-t/stderr", std::string("\xff\0err", 5)},
                                                   {"3-t/artifacts/0-a_b", "A"},
                                                   {"3-t/artifacts/2-bin", "\xfe"}};

TEST_CASE("a result's outputs become private files, and their names stand in its place") {
  const TempDirectory directory;
  const auto results = ResultsDirectory::open(directory / "r");
  REQUIRE(results.ok());
  TaskResult result = some_result();
  REQUIRE(results->store(result));
  CHECK(files_of(directory / "r") == kFiles);
  CHECK(result.out_file == "3-t/stdout");
  CHECK(result.artifacts[0].file == "3-t/artifacts/0-a_b");
  CHECK(result.artifacts[1].file.empty());
  CHECK((result.out + result.err + result.artifacts[0].content).empty());
}

TEST_CASE("a record from a journal leaves the same files and the same record") {
  const TempDirectory directory;
  const auto results = ResultsDirectory::open(directory / "r");
  REQUIRE(results.ok());
  TaskResult result = some_result();
  JsonDocument record = record_of(result);
  REQUIRE(results->store(record));
  CHECK(files_of(directory / "r") == kFiles);
  REQUIRE(results->store(result));
  CHECK((record == record_of(result)));
}

TEST_CASE("what was there before is replaced, and no link is followed") {
  const TempDirectory directory;
  const std::string victim = directory.write("victim", "whole");
  REQUIRE(make_directories(directory / "elsewhere", 0700));
  const auto results = ResultsDirectory::open(directory / "r");
  REQUIRE(results.ok());
  TaskResult first = some_result();
  REQUIRE(results->store(first));
  REQUIRE(::unlink((directory / "r/3-t/stdout").c_str()) == 0);
  REQUIRE(::symlink(victim.c_str(), (directory / "r/3-t/stdout").c_str()) == 0);
  TaskResult second = some_result();
  second.out = "new";
  REQUIRE(results->store(second));
  CHECK(files_of(directory / "r")["3-t/stdout"] == "new");
  REQUIRE(::symlink((directory / "elsewhere").c_str(), (directory / "r/4-t").c_str()) == 0);
  TaskResult third = some_result();
  third.line = 4;
  CHECK(contains(message_of(results->store(third)), "4-t"));
  CHECK(third.out == "out");  // still where it was
  CHECK(std::filesystem::is_empty(directory / "elsewhere"));
  CHECK(*read_file(victim, 100) == "whole");
}

TEST_CASE("a results directory that others could write to is refused") {
  const TempDirectory directory;
  REQUIRE(make_directories(directory / "r"));
  ::chmod((directory / "r").c_str(), 01777);
  const auto refused = ResultsDirectory::open(directory / "r");
  CHECK(contains(message_of(refused), "can be written to by other users"));
  CHECK_FALSE(refused.error().hint().empty());
}

}  // namespace
}  // namespace mayfly::test
