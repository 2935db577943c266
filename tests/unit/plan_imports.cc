// SPDX-License-Identifier: Apache-2.0
#include "plan/imports.h"

#include <doctest/doctest.h>

namespace mayfly {
namespace {

using Names = std::vector<std::string>;

Language good() {
  Language language;
  language.name = "good";
  language.extensions = {".g"};
  language.imports = {R"(^\s*use (\w+))", R"(\bwith '([^']*)')"};
  return language;
}

Names in(std::string text) { return imports_of(good(), {{"main.g", std::move(text)}}); }

TEST_CASE("each name is told once, sorted, whatever line it is on") {
  CHECK(in("") == Names{});
  CHECK(in("use b\n  use a\nuse b\nabuse c\n") == Names{"a", "b"});
  CHECK(in("with 'x' with 'y' notwith 'z'") == Names{"x", "y"});
  CHECK(in("use a use b") == Names{"a"});  // the second is not at the beginning of a line
}

TEST_CASE("files of other kinds are not read") {
  CHECK(imports_of(good(), {{"a.g", "use a"}, {"b.txt", "use b"}, {"c.g", "use c"}}) == Names{"a", "c"});
}

TEST_CASE("an expression that cannot be used finds nothing") {
  Language bad = good();
  bad.imports = {"(", "(a)(b)", "no group", R"((\w+)$)"};
  CHECK(imports_of(bad, {{"main.g", "(a)(b) no group"}}) == Names{"group"});
}

TEST_CASE("hostile files: long lines, NULs, empty matches, more than is read or kept") {
  Language empty = good();
  empty.imports = {"(x*)"};
  CHECK(imports_of(empty, {{"main.g", "axxb"}}) == Names{"", "xx"});
  CHECK(in(std::string("use \0 use", 10)) == Names{});
  CHECK(in(std::string(kMostImportBytes, ' ') + "use late") == Names{});
  std::string many;
  for (std::size_t i = 0; i < kMostImports + 5; ++i) many += "use a" + std::to_string(i) + "\n";
  CHECK(in(many).size() == kMostImports);
}

}  // namespace
}  // namespace mayfly
