// SPDX-License-Identifier: Apache-2.0
#include "engine/assets.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/sha256.h"
#include "engine_home.h"
#include "guest/initramfs.h"

namespace mayfly::test {
namespace {

Result<Assets> open_assets(const EngineHome& home) {
  return Assets::open(home.settings, DigestCache(home.path()), Log(LogLevel::off));
}

TEST_CASE("machines are made of a QEMU by its real path, a kernel and our own agent") {
  const EngineHome home;
  const auto assets = open_assets(home);
  REQUIRE_MESSAGE(assets.ok(), assets.error().message());
  CHECK(assets->qemu == std::filesystem::canonical(FAKE_QEMU));
  CHECK(assets->qemu_sha256.size() == 64);
  CHECK(assets->kernel.release == "6.1.1");
  CHECK(assets->initramfs_sha256 == sha256_of_text(agent_initramfs()));
  CHECK(*sha256_of_file(assets->initramfs.get()) == assets->initramfs_sha256);
}

TEST_CASE("a kernel that is not what its manifest promises is not used") {
  const EngineHome home;
  std::filesystem::remove(home / "kernel/vmlinux");
  CHECK(contains(message_of(open_assets(home)), "No such file"));
}

TEST_CASE("a QEMU that was named must be there") {
  EngineHome home;
  home.settings.qemu = home / "nothing";
  const auto found = find_qemu_binary(home.settings);
  CHECK(contains(message_of(found), "QEMU " + home / "nothing"));
  CHECK(contains(found.error().hint(), "--qemu PATH"));
}

TEST_CASE("a QEMU that was not named is looked for in PATH") {
  CHECK(status_of_fork([] {
          EngineHome home;
          home.settings.qemu.clear();
          ::setenv("PATH", ("/nowhere::" + home.path()).c_str(), 1);
          if (find_qemu_binary(home.settings)) return false;
          std::filesystem::create_symlink(FAKE_QEMU, home / "qemu-system-x86_64");
          const auto found = find_qemu_binary(home.settings);
          return found.ok() && *found == home / "qemu-system-x86_64";
        }) == 0);
}

TEST_CASE("a home that others can write to is not trusted, nor what is in it") {
  const EngineHome home;
  CHECK(check_home_trusted(home.path()));
  CHECK(check_home_trusted(home / "not/yet/there"));
  REQUIRE(::chmod((home / "images").c_str(), 0777) == 0);
  CHECK(contains(message_of(check_home_trusted(home.path())), "images"));
}

}  // namespace
}  // namespace mayfly::test
