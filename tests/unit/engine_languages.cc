// SPDX-License-Identifier: Apache-2.0
#include "engine/languages.h"

#include "engine_home.h"

namespace mayfly::test {
namespace {

constexpr const char* kNewSnake =
    R"([{"name":"snake","aliases":["sn"],"extensions":[".sn"],"entry":"main.sn","run":["snake3","main.sn"]}])";
constexpr const char* kOldSnake =
    R"([{"name":"snake","extensions":[".sn",".snk"],"entry":"main.sn","run":["snake2","main.sn"]},
        {"name":"cee","extensions":[".c"],"entry":"main.c","run":["./a"]}])";

// "b" and "z" offer the same language; "a" is no image that can be opened.
struct Two : EngineHome {
  Two() {
    publish("z", "disk", kNewSnake);
    publish("b", "disk", kOldSnake);
    publish("a", "disk", R"({"not":"a list"})");
  }
};

TEST_CASE("of two images that offer a language, the preferred one comes first, then by name") {
  const Two home;
  const auto preferred = offered_languages(home.path(), "z");
  REQUIRE(preferred.size() == 3);
  CHECK(preferred[0].image == "z");
  CHECK(language_by_name(preferred, "snake")->image == "z");
  CHECK(language_by_name(offered_languages(home.path(), "base"), "snake")->image == "b");
}

TEST_CASE("a language is found by its name, an alias and a file's extension") {
  const Two home;
  const auto offered = offered_languages(home.path(), "z");
  CHECK(language_by_name(offered, "sn")->language.run.front() == "snake3");
  CHECK(language_of_file(offered, "dir.c/x.sn")->image == "z");
  CHECK(language_of_file(offered, "x.snk")->image == "b");
  CHECK(language_by_name(offered, "SNAKE") == nullptr);
  CHECK(language_of_file(offered, "x.py") == nullptr);
}

TEST_CASE("tasks that name no image get the first that has their language") {
  const Two home;
  const auto images = images_of_languages(offered_languages(home.path(), "z"));
  CHECK(images == std::map<std::string, std::string>{{"snake", "z"}, {"sn", "z"}, {"cee", "b"}});
}

TEST_CASE("no home, no languages") { CHECK(offered_languages("/nonexistent", "base").empty()); }

}  // namespace
}  // namespace mayfly::test
