// SPDX-License-Identifier: Apache-2.0
#include "task/task_places.h"

#include "helpers.h"

namespace mayfly::test {
namespace {

TEST_CASE("the system's folders are known, and no others") {
  for (const char* path : {"/usr/include/string.h", "/usr", "/etc/passwd", "/lib64/x", "/run/checker/json.py", "/.mayfly/1", "/proc/self"}) {
    CAPTURE(path);
    CHECK(is_in_system(path));
  }
  for (const char* path : {"/", "/tmp/usr", "/data/etc", "/usrs", "/home/a", "/work/lib"}) {
    CAPTURE(path);
    CHECK_FALSE(is_in_system(path));
  }
}

TaskSpec with_file(const std::string& path) {
  TaskSpec spec;
  spec.sandbox = true;
  spec.files = {{path, ""}};
  return spec;
}

TEST_CASE("files are below cwd or /tmp; elsewhere if the author says so, and never in the system") {
  for (const char* path : {"a/b", "/tmp/in.txt", "/tmp/deep/in.txt", "/work/a"}) {
    CAPTURE(path);
    CHECK(check_places(with_file(path)));
  }
  struct Case { const char *path, *said; };
  for (const Case& c : {Case{"/data/in.txt", "\"absolute_files\": true"}, Case{"/workshop/a", "absolute_files"}, Case{"/tmpx", "absolute_files"},
                        Case{"/usr/include/string.h", "folder of the system"}, Case{"/run/checker/json.py", "folder of the system"}}) {
    CAPTURE(c.path);
    CHECK(contains(message_of(check_places(with_file(c.path))), c.said));
    CHECK(contains(message_of(check_places(with_file(c.path))), "files[0].path"));
  }
  TaskSpec spec = with_file("/data/deep/in.txt");
  spec.absolute_files = true;
  CHECK(check_places(spec));
  for (const char* path : {"/etc/passwd", "/run/x", "/usr/local/bin/gcc"}) {
    CAPTURE(path);
    spec.files = {{path, ""}};
    CHECK_FALSE(check_places(spec));
  }
}

TEST_CASE("so for every other file that a task names") {
  const auto refused = [](auto change) {
    TaskSpec spec = with_file("a");
    spec.checker = TaskChecker{"cpp"};
    change(spec);
    return message_of(check_places(spec));
  };
  CHECK(contains(refused([](TaskSpec& s) { s.entry = "/usr/lib/python3/json.py"; }), "'entry'"));
  CHECK(contains(refused([](TaskSpec& s) { s.checker->entry = "/x"; }), "'checker.entry'"));
  CHECK(contains(refused([](TaskSpec& s) { s.checker->files = {{"a", ""}, {"/tmp/x", ""}}; }), "'checker.files[1].path'"));
  TaskSpec spec = with_file("a");
  spec.artifacts = {"/etc/os-release"};  // it is only read, with the program's rights
  CHECK(check_places(spec));
}

TEST_CASE("in the sandbox a task's directory is none of the system's") {
  TaskSpec spec = with_file("a");
  for (const char* cwd : {"/usr/lib/python3", "/etc", "/run/checker", "/.mayfly/1"}) {
    CAPTURE(cwd);
    spec.cwd = cwd;
    CHECK(contains(message_of(check_places(spec)), "'cwd'"));
  }
  spec.cwd = "/home/user";
  CHECK(check_places(spec));
  spec.sandbox = false;
  spec.cwd = "/";
  CHECK(check_places(spec));
}

}  // namespace
}  // namespace mayfly::test
