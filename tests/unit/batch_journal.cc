// SPDX-License-Identifier: Apache-2.0
#include "batch/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

const std::string kHeader = "{\"mayfly_journal\":2}\n";
const std::string kPlatform(64, 'a');
const std::string kOther(64, 'b');
const std::string kKey(64, '1');
const std::string kResult = R"({"id":"t","stdout":"x"})";

std::string content(const std::string& path) { return *read_file(path, 1 << 20); }

Journal opened(const std::string& path) {
  auto journal = Journal::open(path, true);
  REQUIRE(journal.ok());
  return *std::move(journal);
}

// A journal with such a record, closed again.
void record(const std::string& path, const std::string& key, const std::string& result,
            const std::string& platform = kPlatform) {
  Journal journal = opened(path);
  REQUIRE(journal.load(platform, false).ok());
  REQUIRE(write_all(journal.file()->get(), journal.encode(key, result)));
}

TEST_CASE("a new journal is private, says what it is, and has nothing") {
  const TempDirectory directory;
  ::umask(0);
  auto journal = Journal::open(directory / "j", false);
  ::umask(022);
  REQUIRE(journal.ok());
  CHECK(content(directory / "j").empty());
  REQUIRE(journal->load(kPlatform, false).ok());
  CHECK(content(directory / "j") == kHeader);
  struct stat status {};
  REQUIRE(::stat((directory / "j").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK_FALSE(journal->find(kKey));
}

TEST_CASE("what was recorded is found, at once and by the next") {
  const TempDirectory directory;
  {
    Journal journal = opened(directory / "j");
    REQUIRE(journal.load(kPlatform, false).ok());
    const std::string line = journal.encode(kKey, kResult);
    CHECK_FALSE(journal.find(kKey));
    REQUIRE(write_all(journal.file()->get(), line));
    journal.note(kKey, line.size());
    CHECK(journal.find(kKey) == kResult);
  }
  Journal next = opened(directory / "j");
  const auto census = next.load(kPlatform, false);
  REQUIRE(census.ok());
  CHECK(census->damaged + census->other_format + census->other_platform == 0);
  CHECK(next.find(kKey) == kResult);
}

TEST_CASE("the latest record of a task counts") {
  const TempDirectory directory;
  record(directory / "j", kKey, R"({"id":"old"})");
  record(directory / "j", kKey, kResult);
  Journal journal = opened(directory / "j");
  REQUIRE(journal.load(kPlatform, false).ok());
  CHECK(journal.find(kKey) == kResult);
}

TEST_CASE("a journal is not begun a second time without being asked to go on with it") {
  const TempDirectory directory;
  record(directory / "j", kKey, kResult);
  CHECK(contains(message_of(Journal::open(directory / "j", false)), "exists already"));
  const std::string empty = directory.write("empty", "");
  CHECK(Journal::open(empty, false).ok());
}

TEST_CASE("a file that is no journal is refused and left as it is") {
  const TempDirectory directory;
  for (const std::string text : {"precious data without newline", "{\"id\":\"a\",\"argv\":[\"x\"]}\n{\"id\":\"b\"",
                                 "\n", "{\"key\":\"short\",\"result\":{}}\n", "{\"mayfly\":2}"}) {
    const std::string path = directory.write("f", text);
    ::chmod(path.c_str(), 0644);
    for (const bool resume : {true, false}) CHECK(contains(message_of(Journal::open(path, resume)), "is no journal"));
    CHECK(content(path) == text);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0644);
  }
}

TEST_CASE("what is no regular file is no journal, and is not even opened") {
  const TempDirectory directory;
  const std::string fifo = directory / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  for (const char* path : {fifo.c_str(), "/dev/null", "/dev/stdout", "-"}) {
    CHECK(contains(message_of(Journal::open(path, true)), "no regular file"));
  }
  CHECK(contains(message_of(Journal::open(directory.path(), true)), "is a directory"));
}

TEST_CASE("a torn last line is cut off and counted, a torn first one is begun again") {
  const TempDirectory directory;
  record(directory / "j", kKey, kResult);
  const std::string whole = content(directory / "j");
  directory.write("j", whole + whole.substr(kHeader.size(), 100));
  {
    Journal journal = opened(directory / "j");
    CHECK(journal.load(kPlatform, false)->damaged == 1);
    CHECK(journal.find(kKey) == kResult);
  }
  CHECK(content(directory / "j") == whole);
  const std::string torn = directory.write("torn", kHeader.substr(0, 9));
  Journal journal = opened(torn);
  CHECK(journal.load(kPlatform, false)->damaged == 0);
  CHECK(content(torn) == kHeader);
}

TEST_CASE("one changed byte of a record makes it count for nothing") {
  const TempDirectory directory;
  record(directory / "j", kKey, kResult);
  const std::string whole = content(directory / "j");
  for (std::size_t at = kHeader.size(); at + 1 < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] ^= 2;
    directory.write("changed", changed);
    Journal journal = opened(directory / "changed");
    const auto census = journal.load(kPlatform, false);
    CAPTURE(at);
    CHECK(census->damaged + census->other_format == 1);
    CHECK_FALSE(journal.find(kKey));
  }
}

TEST_CASE("records in other formats are left aside and counted, and the journal goes on") {
  const TempDirectory directory;
  const std::string old = "{\"key\":\"" + kKey + "\",\"result\":{\"id\":\"t\"}}\n";
  const std::string newer = "{\"mayfly_journal\":23}\n{\"mayfly_journal\":23,\"key\":1}\n";
  for (const auto& [text, count] : {std::pair(old + old, 2), std::pair(newer, 1)}) {
    directory.write("j", text);
    record(directory / "j", kKey, kResult);
    Journal journal = opened(directory / "j");
    const auto census = journal.load(kPlatform, false);
    CHECK(census->other_format == count);
    CHECK(census->damaged == 0);
    CHECK(journal.find(kKey) == kResult);
  }
}

TEST_CASE("records of another platform count only where that is said, and less than one's own") {
  const TempDirectory directory;
  const std::string second(64, '2');
  record(directory / "j", kKey, R"({"id":"theirs"})", kOther);
  record(directory / "j", second, R"({"id":"ours"})");
  record(directory / "j", second, R"({"id":"theirs"})", kOther);
  for (const bool across : {false, true}) {
    Journal journal = opened(directory / "j");
    const auto census = journal.load(kPlatform, across);
    CHECK(census->other_platform == 1);
    CHECK(journal.find(kKey).has_value() == across);
    CHECK(journal.find(second) == R"({"id":"ours"})");
  }
}

TEST_CASE("one mayfly at a time has a journal, and no reader can keep it away") {
  const TempDirectory directory;
  record(directory / "j", kKey, kResult);
  ::chmod((directory / "j").c_str(), 0644);  // as earlier versions made them
  {
    Journal journal = opened(directory / "j");
    CHECK(contains(message_of(Journal::open(directory / "j", true)), "in use by another mayfly"));
    struct stat status {};
    REQUIRE(::stat((directory / "j").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
  }
  CHECK(Journal::open(directory / "j", true).ok());
}

TEST_CASE("another user's journal is not believed") {
  if (::geteuid() != 0) return;
  const TempDirectory directory;
  record(directory / "j", kKey, kResult);
  REQUIRE(::chown((directory / "j").c_str(), 12345, 12345) == 0);
  CHECK(contains(message_of(Journal::open(directory / "j", true)), "belongs to another user (uid 12345)"));
}

}  // namespace
}  // namespace mayfly::test
