// SPDX-License-Identifier: Apache-2.0
// files[] of a task, of which src reads the host's files and so must not be fooled.
#include <sys/stat.h>

#include <filesystem>

#include "base/json.h"
#include "helpers.h"
#include "task/task_spec.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;

Result<TaskSpec> parse_files(const std::string& files, const std::string& root = "") {
  SpecDefaults defaults;
  defaults.source_root = root;
  return parse_task(R"({"argv":["x"],"files":)" + files + "}", 1, defaults);
}

Result<TaskSpec> parse_source(const std::string& source, const std::string& root) {
  return parse_files(R"([{"path":"f","src":")" + source + R"("}])", root);
}

TEST_CASE("a file's content is text, base64 or empty, its mode 0644 or as told") {
  const auto spec = parse_files(R"([{"path":"a","content":"text"},{"path":"b/c","base64":"/w==","mode":"0755"},
                                    {"path":"d","content":"","mode":"600"}])");
  REQUIRE_MESSAGE(spec.ok(), spec.error().message());
  REQUIRE(spec->files.size() == 3);
  CHECK(spec->files[0].path == "a");
  CHECK(spec->files[0].content == "text");
  CHECK(spec->files[0].mode == 0644);
  CHECK(spec->files[1].content == "\xff");
  CHECK(spec->files[1].mode == 0755);
  CHECK(spec->files[2].content.empty());
  CHECK(spec->files[2].mode == 0600);
}

TEST_CASE("each bad field of a file is named with the file's place") {
  const Malformed kCases[] = {
      {"[7]", "'files[0]' must be an object"},
      {R"([{"content":""}])", "'files[0].path' is missing"},
      {R"([{"path":"","content":""}])", "'files[0].path' must be a non-empty path"},
      {R"([{"path":"a\u0000","content":""}])", "'files[0].path' must be a path in UTF-8 without NUL"},
      {R"([{"path":"a"}])", "exactly one must be given"},
      {R"([{"path":"a","content":"","base64":""}])", "exactly one must be given"},
      {R"([{"path":"a","content":"","src":"x"}])", "exactly one must be given"},
      {R"([{"path":"a","base64":"?"}])", "'files[0].base64' is not base64"},
      {R"([{"path":"a","content":"","mode":420}])", "'files[0].mode' must be a string"},
      {R"([{"path":"a","content":"","mode":""}])", "'files[0].mode' must be an octal string"},
      {R"([{"path":"a","content":"","mode":"0888"}])", "'files[0].mode' must be an octal string"},
      {R"([{"path":"a","content":"","mode":"-1"}])", "'files[0].mode' must be an octal string"},
      {R"([{"path":"a","content":"","mode":"07777"}])", "'files[0].mode' must be an octal string"},
      {R"([{"path":"a","content":"x"},{"path":"b","content":"x","owner":0}])", "unknown field 'files[1].owner'"},
  };
  for (const Malformed& c : kCases) {
    CAPTURE(c.json);
    const std::string message = message_of(parse_files(std::string(c.json)));
    CAPTURE(message);
    CHECK(contains(message, c.said));
  }
}

TEST_CASE("src is refused without a source root") {
  CHECK(contains(message_of(parse_source("/etc/passwd", "")), "'files[0].src' is refused"));
}

TEST_CASE("src reads files below the root, and links that stay below it") {
  const TempDirectory root;
  root.write("sub/data", "content");
  fs::create_symlink("sub/data", root / "link");
  fs::create_directory_symlink("sub", root / "dir");
  for (const std::string source : {"sub/data", "link", "dir/data", "sub/../sub/data", "./sub/./data"}) {
    CAPTURE(source);
    const auto spec = parse_source(source, root.path());
    REQUIRE_MESSAGE(spec.ok(), spec.error().message());
    CHECK(spec->files[0].content == "content");
  }
}

TEST_CASE("src cannot leave the root by dots, absolute paths or links") {
  const TempDirectory outer;
  outer.write("secret", "secret");
  outer.write("root/sub/data", "content");
  const std::string root = outer / "root";
  fs::create_symlink("../secret", outer / "root/up");
  fs::create_symlink(outer / "secret", outer / "root/absolute");
  fs::create_directory_symlink("..", outer / "root/parent");
  fs::create_symlink("/proc/self/root", outer / "root/magic");
  for (const std::string& source : {std::string("../secret"), std::string("sub/../../secret"),
                                   outer / "secret", std::string("up"), std::string("absolute"),
                                   std::string("parent/secret"), std::string("magic/etc/passwd"),
                                   std::string("/etc/passwd"), std::string("..")}) {
    CAPTURE(source);
    const auto spec = parse_source(source, root);
    CHECK(contains(message_of(spec), "'files[0].src' cannot be read"));
  }
}

TEST_CASE("src takes regular files only, and does not hang on a FIFO") {
  const TempDirectory root;
  root.write("sub/data", "");
  REQUIRE(::mkfifo((root / "fifo").c_str(), 0600) == 0);
  CHECK(contains(message_of(parse_source("fifo", root.path())), "is not a regular file"));
  CHECK(contains(message_of(parse_source("sub", root.path())), "is not a regular file"));
  CHECK(contains(message_of(parse_source("missing", root.path())), "No such file"));
  CHECK(contains(message_of(parse_source("x", root / "noroot")), "'files[0].src' cannot be read"));
}

TEST_CASE("a host file that is named often is read once, and its bytes count each time") {
  const TempDirectory root;
  root.write("data", std::string(1000, 'x'));
  const auto files = [](int many) {
    std::string all;
    for (int i = 0; i < many; ++i) all += (i ? "," : "") + (R"({"path":"f)" + std::to_string(i)) + R"(","src":"data"})";
    return "[" + all + "]";
  };
  const auto spec = parse_files(files(40), root.path());
  REQUIRE(spec.ok());
  for (const TaskFile& file : spec->files) CHECK(&file.content.str() == &spec->files[0].content.str());
  root.write("data", std::string(static_cast<std::size_t>(kMaxFileBytes) / 40 + 1, 'x'));
  CHECK(contains(message_of(parse_files(files(40), root.path())),
                 "'files[39].content' is too much: a task's files may have 268435456 bytes together"));
}

TEST_CASE("a NUL cannot cut the path of src short") {
  const TempDirectory root;
  root.write("data", "content");
  CHECK_FALSE(parse_source("data\\u0000.txt", root.path()));
}

}  // namespace
}  // namespace mayfly::test
