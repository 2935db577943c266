// SPDX-License-Identifier: Apache-2.0
#include "template/template_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "sys/files.h"
#include "template_bench.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;

// Replaces `from` in the manifest of the stored template.
void edit_manifest(const FilledStore& filled, const std::string& from, const std::string& to) {
  std::string text = *read_file(filled.file("manifest.json"), 1 << 20);
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  REQUIRE(replace_file(filled.file("manifest.json"), text.replace(at, from.size(), to)));
}

// The extents as the manifest has them.
std::string written_extents(const FilledStore& filled) {
  const std::string text = *read_file(filled.file("manifest.json"), 1 << 20);
  const std::size_t begin = text.find("[[");
  return text.substr(begin, text.find("]]") + 2 - begin);
}

TEST_CASE("a stored template is opened with all that it is") {
  const FilledStore filled;
  const auto stored = filled.store.open(kKey);
  REQUIRE_MESSAGE(stored.ok(), stored.error().message());
  CHECK(stored->key == kKey);
  CHECK(stored->memory_bytes == kGuestBytes);
  CHECK(stored->token == std::string(64, 't'));
  CHECK(stored->state.size_bytes == 12);
  CHECK(stored->overlay.size_bytes == 24);
  std::int64_t packed = 0;
  for (const Extent& extent : stored->extents) packed += extent.length;
  CHECK(packed == stored->memory.size_bytes);
}

TEST_CASE("a template is for its owner only") {
  const FilledStore filled;
  const auto status = [](const std::string& path) {
    struct stat s {};
    REQUIRE(::stat(path.c_str(), &s) == 0);
    return s;
  };
  CHECK((status(filled.home / "templates").st_mode & 077) == 0);
  CHECK((status(filled.home / ("templates/" + kKey)).st_mode & 077) == 0);
}

TEST_CASE("a directory that others can use, or that is another's, is not trusted") {
  const FilledStore filled;
  const std::string directory = filled.home / ("templates/" + kKey);
  SUBCASE("its mode") {
    for (const mode_t mode : {0710, 0701, 0777, 0750}) {
      REQUIRE(::chmod(directory.c_str(), mode) == 0);
      CHECK(contains(message_of(filled.store.open(kKey)), "only this user"));
    }
    REQUIRE(::chmod(directory.c_str(), 0700) == 0);
    CHECK(filled.store.open(kKey).ok());
  }
  SUBCASE("its owner") {
    if (::geteuid() != 0) return;
    REQUIRE(::chown(directory.c_str(), 65534, 65534) == 0);
    CHECK(contains(message_of(filled.store.open(kKey)), "only this user"));
  }
  SUBCASE("a symbolic link") {
    fs::rename(directory, filled.home / "elsewhere");
    fs::create_directory_symlink(filled.home / "elsewhere", directory);
    CHECK(contains(message_of(filled.store.open(kKey)), "only this user"));
  }
}

TEST_CASE("a store that others may write is neither read, nor locked, nor emptied") {
  const FilledStore filled;
  REQUIRE(::chmod((filled.home / "templates").c_str(), 0777) == 0);
  CHECK(contains(message_of(filled.store.open(kKey)), "can be written by others"));
  CHECK(contains(message_of(filled.store.lock_file(kKey)), "can be written by others"));
  CHECK(contains(message_of(filled.store.remove(kKey)), "can be written by others"));
  CHECK(filled.store.list().empty());
  CHECK(fs::exists(filled.home / ("templates/" + kKey)));
}

TEST_CASE("what is missing, cut or damaged is an error") {
  const FilledStore filled;
  SUBCASE("there is none") { CHECK_FALSE(filled.store.open(std::string(32, 'b'))); }
  SUBCASE("no manifest") {
    fs::remove(filled.file("manifest.json"));
    CHECK(contains(message_of(filled.store.open(kKey)), "manifest.json: No such file"));
  }
  SUBCASE("a file is missing") {
    for (const std::string name : {"overlay", "state", "memory"}) {
      fs::remove(filled.file(name));
      CHECK(contains(message_of(filled.store.open(kKey)), name + ": No such file"));
    }
  }
  SUBCASE("a file is cut") {
    for (const std::string name : {"overlay", "state", "memory"}) {
      fs::resize_file(filled.file(name), 5);
      CHECK(contains(message_of(filled.store.open(kKey)), name + " has 5 bytes"));
    }
  }
  SUBCASE("a file is longer") {
    fs::resize_file(filled.file("memory"), 7 << 20);
    CHECK(contains(message_of(filled.store.open(kKey)), "memory has 7340032 bytes"));
  }
  SUBCASE("the manifest is cut") {
    fs::resize_file(filled.file("manifest.json"), fs::file_size(filled.file("manifest.json")) / 2);
    CHECK(contains(message_of(filled.store.open(kKey)), "manifest.json: not JSON"));
  }
}

TEST_CASE("a manifest that is wrong names its field") {
  struct Case {
    std::string from, to, said;
  };
  const Case kCases[] = {
      {R"("kind":"template")", R"("kind":"image")", "'kind' must be 'template'"},
      {R"("schema":1)", R"("schema":2)", "'schema'"},
      {kKey, std::string(32, 'b'), "the template of another key"},
      {R"("memory_bytes":8388608)", R"("memory_bytes":0)", "'extents' do not fit the memory"},
      {R"("memory_bytes":8388608)", R"("memory_bytes":8388607)", "'extents' do not fit the memory"},
      {R"("token":)", R"("tokens":)", "unknown field 'tokens'"},
      {R"("state":{)", R"("stats":{)", "'state' is missing"},
      {R"("file":"state")", R"("file":"../state")", "'state.file' must be a plain file name"},
      {R"("extents":)", R"("extent":)", "'extents' is missing"},
  };
  for (const Case& c : kCases) {
    const FilledStore filled;
    edit_manifest(filled, c.from, c.to);
    CAPTURE(c.to);
    const std::string message = message_of(filled.store.open(kKey));
    CAPTURE(message);
    CHECK(contains(message, c.said));
  }
}

TEST_CASE("extents must fit the memory and the packed file, in order") {
  struct Case {
    std::string extents, said;
  };
  const Case kCases[] = {
      {"[]", "do not fit the packed file"},
      {"[[0,4096]]", "do not fit the packed file"},
      {"[[0]]", "pairs of numbers"},
      {"[[0,1,2]]", "pairs of numbers"},
      {"[7]", "pairs of numbers"},
      {R"([["0",1]])", "pairs of numbers"},
      {"[[0,1.5]]", "pairs of numbers"},
      {"[[-1,4096]]", "do not fit the memory"},
      {"[[0,0]]", "do not fit the memory"},
      {"[[0,-1]]", "do not fit the memory"},
      {"[[8388608,1]]", "do not fit the memory"},
      {"[[0,8388609]]", "do not fit the memory"},
      {"[[9223372036854775807,1]]", "do not fit the memory"},
      {"[[1,9223372036854775807]]", "do not fit the memory"},
      {"[[0,4096],[4095,4096]]", "do not fit the memory"},
      {"[[8192,4096],[0,4096]]", "do not fit the memory"},
      {"[[0,8388608],[0,8388608]]", "do not fit the memory"},
  };
  for (const Case& c : kCases) {
    const FilledStore filled;
    edit_manifest(filled, written_extents(filled), c.extents);
    CAPTURE(c.extents);
    const std::string message = message_of(filled.store.open(kKey));
    CAPTURE(message);
    CHECK(contains(message, c.said));
  }
}

TEST_CASE("a template that is being written is not there, and a builder that died leaves nothing behind") {
  const TempDirectory home;
  const TemplateStore store(home.path());
  const auto directory = store.begin(kKey);
  REQUIRE(directory);
  home.write("templates/" + fs::path(*directory).filename().string() + "/memory", "a part");
  CHECK_FALSE(store.open(kKey));
  CHECK(store.list().empty());
  const auto again = store.begin(kKey);
  REQUIRE(again);
  CHECK(fs::is_empty(*again));
  store.abandon(*again);
  CHECK_FALSE(fs::exists(*again));
}

TEST_CASE("a template takes the place of the one that had its key") {
  const FilledStore filled;
  RawTemplate other = raw_template();
  other.token = std::string(64, 'u');
  REQUIRE(save(*filled.ring, filled.store, std::move(other)));
  const auto stored = filled.store.open(kKey);
  REQUIRE(stored);
  CHECK(stored->token == std::string(64, 'u'));
  CHECK(filled.store.list().size() == 1);
}

TEST_CASE("templates are listed, those that were used last first, the damaged ones too") {
  const FilledStore filled;
  const std::string second(32, 'b'), damaged(32, 'c');
  REQUIRE(save(*filled.ring, filled.store, raw_template(), second));
  filled.home.write("templates/" + damaged + "/manifest.json", "{");
  const auto used = [&](const std::string& key, time_t seconds) {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    const std::string path = filled.home / ("templates/" + key + "/manifest.json");
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  };
  used(kKey, 1000);
  used(second, 2000);
  used(damaged, 1500);
  auto all = filled.store.list();
  REQUIRE(all.size() == 3);
  CHECK(all[0].key == second);
  CHECK(all[0].description == "a guest");
  CHECK(all[0].size_bytes > 2 << 20);
  CHECK(all[0].last_used == 2000 * kSecond);
  CHECK(all[1].description == "(damaged)");
  CHECK(all[1].size_bytes == 0);
  CHECK(all[2].key == kKey);
  filled.store.note_use(kKey);
  CHECK(filled.store.list()[0].key == kKey);
}

TEST_CASE("what is no template is not listed") {
  const FilledStore filled;
  filled.home.write("templates/short/manifest.json", "{}");
  filled.home.write("templates/" + std::string(33, 'b') + "/manifest.json", "{}");
  fs::create_directory(filled.home / ("templates/" + std::string(32, 'd')));
  REQUIRE(filled.store.lock_file(kKey));
  CHECK(filled.store.list().size() == 1);
  CHECK(TemplateStore(filled.home / "nowhere").list().empty());
}

TEST_CASE("a removed template is gone, and removing what is not there is no failure") {
  const FilledStore filled;
  REQUIRE(filled.store.remove(kKey));
  CHECK_FALSE(filled.store.open(kKey));
  CHECK(filled.store.list().empty());
  CHECK(filled.store.remove(kKey));
}

TEST_CASE("nothing but a template's key can be removed") {
  const FilledStore filled;
  filled.home.write("precious", "x");
  const std::string climb = std::string("../") + std::string(29, 'a');
  for (const std::string& name : {std::string("../precious"), std::string(""), std::string("."), std::string(".."),
                                  climb, "." + kKey + ".lock", ".building-" + kKey, kKey + "/"}) {
    CAPTURE(name);
    CHECK(contains(message_of(filled.store.remove(name)), "is not a template's key"));
  }
  CHECK(fs::exists(filled.home / "precious"));
  CHECK(filled.store.open(kKey).ok());
}

TEST_CASE("the lock of one key is not another's") {
  const TempDirectory home;
  const TemplateStore store(home.path());
  const auto mine = store.lock_file(kKey);
  const auto same = store.lock_file(kKey);
  const auto other = store.lock_file(std::string(32, 'b'));
  REQUIRE(mine);
  REQUIRE(same);
  REQUIRE(other);
  REQUIRE(::flock(mine->get(), LOCK_EX | LOCK_NB) == 0);
  CHECK(::flock(same->get(), LOCK_EX | LOCK_NB) == -1);
  CHECK(::flock(other->get(), LOCK_EX | LOCK_NB) == 0);
}

}  // namespace
}  // namespace mayfly::test
