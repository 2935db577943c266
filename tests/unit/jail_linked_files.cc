// SPDX-License-Identifier: Apache-2.0
#include "../../src/jail/linked_files.h"

#include <algorithm>
#include <filesystem>

#include "helpers.h"

namespace mayfly::test {
namespace {

bool has_file(const std::vector<std::string>& paths, std::string_view name) {
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return std::filesystem::path(path).filename().string().starts_with(name);
  });
}

TEST_CASE("a program's files are its interpreter and its libraries, by paths that are there") {
  const auto files = linked_files("/bin/sh", {});
  REQUIRE_MESSAGE(files.ok(), files.error().message());
  CHECK(has_file(*files, "libc."));
  CHECK(has_file(*files, "ld-linux"));
  for (const std::string& path : *files) {
    CAPTURE(path);
    CHECK(path.starts_with('/'));
    CHECK(std::filesystem::exists(path));
  }
}

TEST_CASE("what a module is linked to comes with it") {
  const auto plain = linked_files("/bin/sh", {});
  REQUIRE(plain);
  const auto libc = std::find_if(plain->begin(), plain->end(), [](const std::string& path) { return contains(path, "libc."); });
  REQUIRE(libc != plain->end());
  const std::string libm = std::filesystem::path(*libc).parent_path() / "libm.so.6";
  if (!std::filesystem::exists(libm)) return;
  const auto files = linked_files("/bin/sh", {libm});
  REQUIRE(files);
  CHECK_FALSE(has_file(*plain, "libm."));
  CHECK(has_file(*files, "libm."));
}

TEST_CASE("what is no program is an error") {
  const TempDirectory directory;
  CHECK_FALSE(linked_files(directory.write("script", "#!/bin/sh\n"), {}));
  CHECK_FALSE(linked_files(directory.write("short", "\x7f" "EL"), {}));
  CHECK_FALSE(linked_files(directory / "nothing", {}));
}

}  // namespace
}  // namespace mayfly::test
