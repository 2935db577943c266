// SPDX-License-Identifier: Apache-2.0
// The paths that a task names, whatever field holds them.
#include "task/task_path.h"

#include "helpers.h"
#include "task/task_spec.h"

namespace mayfly::test {
namespace {

TEST_CASE("a file's path comes in its normal form") {
  const auto normal = [](std::string_view path) {
    const auto read = read_file_path(path);
    return read ? *read : "(refused)";
  };
  CHECK(normal("a") == "a");
  CHECK(normal("./a//b/./c") == "a/b/c");
  CHECK(normal("/a/./b") == "/a/b");
  CHECK(normal("//a") == "/a");
  CHECK(normal("..a/b..") == "..a/b..");
  CHECK(normal(".hidden") == ".hidden");
  CHECK(normal("ä/…") == "ä/…");
  CHECK(normal(std::string(255, 'n')) == std::string(255, 'n'));
}

TEST_CASE("what is no file's path is refused, with the reason") {
  const auto why = [](std::string_view path) { return message_of(read_file_path(path)); };
  for (const char* path : {"..", "../x", "a/../x", "a/..", "../../etc/x", "/work/../etc/x", "./../x"}) {
    CAPTURE(path);
    CHECK(contains(why(path), "'..'"));
  }
  for (const char* path : {".", "./", "/", "a/", "a/.", "/."}) {
    CAPTURE(path);
    CHECK(contains(why(path), "not of a directory"));
  }
  CHECK(contains(why(""), "non-empty"));
  CHECK(contains(why("\xff"), "UTF-8"));
  CHECK(contains(why(std::string_view("a\0b", 3)), "NUL"));
  CHECK(contains(why(std::string(256, 'n')), "255 bytes"));
  std::string deep;
  while (deep.size() < 4096) deep += "d/";
  CHECK(contains(why(deep + "f"), "4095 bytes"));
}

TEST_CASE("a directory's path is absolute, and may end in a slash") {
  CHECK(*read_directory_path("/work//a/./") == "/work/a");
  CHECK(*read_directory_path("/") == "/");
  CHECK(contains(message_of(read_directory_path("work")), "absolute"));
  CHECK(contains(message_of(read_directory_path("/work/..")), "'..'"));
}

TEST_CASE("every field that holds a path is read so, and named") {
  struct Field {
    std::string_view name;
    std::string_view json;
  };
  const Field kFields[] = {
      {"'cwd'", R"({"argv":["x"],"cwd":"/work/../etc"})"},
      {"'entry'", R"({"language":"c","source":"","entry":"../usr/include/string.h"})"},
      {"'files[1].path'", R"({"argv":["x"],"files":[{"path":"a","content":""},{"path":"../../etc/x","content":""}]})"},
      {"'artifacts[0]'", R"({"argv":["x"],"artifacts":["../checker/answer"]})"},
      {"'checker.entry'", R"({"language":"c","source":"","cases":[{}],"checker":{"language":"c","source":"","entry":"../x"}})"},
      {"'checker.files[0].path'", R"({"language":"c","source":"","cases":[{}],"checker":{"language":"c","files":[{"path":"a/../b","content":""}]}})"},
  };
  for (const Field& field : kFields) {
    CAPTURE(field.json);
    const std::string message = message_of(parse_task(field.json, 1, {}));
    CHECK(contains(message, std::string(field.name)));
    CHECK(contains(message, "must not hold '..'"));
  }
}

TEST_CASE("two names of a file are one") {
  const auto spec = parse_task(R"({"language":"c","entry":"main.c","files":[{"path":"./main.c","content":""}],"artifacts":["./out"]})", 1, {});
  REQUIRE(spec);
  CHECK(spec->files[0].path == spec->entry);
  CHECK(spec->artifacts[0] == "./out");  // as the result names it
}

}  // namespace
}  // namespace mayfly::test
