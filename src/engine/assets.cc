// SPDX-License-Identifier: Apache-2.0
#include "engine/assets.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/sha256.h"
#include "guest/initramfs.h"
#include "sys/files.h"
#include "sys/memory_file.h"
#include "sys/trusted_path.h"

namespace mayfly {
namespace {

constexpr const char* kQemuName = "qemu-system-x86_64";

Error not_executable(const std::string& path, int code) {
  return Error::system("QEMU " + path, code)
      .context("cannot run machines")
      .hint("install it (apt-get install qemu-system-x86), or name it with --qemu PATH");
}

Result<void> find_qemu(Assets& assets, const Settings& settings, const DigestCache& digests) {
  auto path = find_qemu_binary(settings);
  if (!path) return std::move(path).error();
  std::error_code error;
  assets.qemu = std::filesystem::canonical(*path, error);
  if (error) return not_executable(*path, error.value());
  const auto fd = open_file(assets.qemu, O_RDONLY);
  if (!fd) return fd.error();
  auto digest = digests.sha256(fd->get(), assets.qemu);
  if (!digest) return std::move(digest).error();
  assets.qemu_sha256 = *std::move(digest);
  return {};
}

Result<void> load_kernel(Assets& assets, const std::string& home, const DigestCache& digests, const Log& log) {
  auto kernel = open_kernel(home);
  if (!kernel) return std::move(kernel).error();
  assets.kernel = *std::move(kernel);
  if (!digests.remembers(assets.kernel.vmlinux.fd.get())) log.info("verifying the guest kernel");
  return verify(assets.kernel.vmlinux, digests);
}

// Our own agent, from within this program.
Result<void> load_initramfs(Assets& assets) {
  auto initramfs = sealed_memory_file("mayfly-initramfs", agent_initramfs());
  if (!initramfs) return std::move(initramfs).error();
  assets.initramfs = *std::move(initramfs);
  assets.initramfs_sha256 = sha256_of_text(agent_initramfs());
  return {};
}

}  // namespace

Result<std::string> find_qemu_binary(const Settings& settings) {
  if (!settings.qemu.empty()) {
    if (::access(settings.qemu.c_str(), X_OK) == 0) return settings.qemu;
    return not_executable(settings.qemu, errno);
  }
  const char* path = ::getenv("PATH");
  std::string rest = path ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string candidate = rest.substr(0, colon) + "/" + kQemuName;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return not_executable(kQemuName, ENOENT);
}

Result<void> check_home_trusted(const std::string& home) {
  for (const char* part : {"", "/kernel", "/images", "/cache", "/cache/digests", "/templates"}) {
    const std::string path = home + part;
    if (::access(path.c_str(), F_OK) != 0) continue;
    if (auto trusted = check_trusted(path); !trusted) return trusted;
  }
  return {};
}

Result<Assets> Assets::open(const Settings& settings, const DigestCache& digests, const Log& log) {
  Assets assets;
  if (auto found = find_qemu(assets, settings, digests); !found) return std::move(found).error();
  if (auto loaded = load_kernel(assets, settings.home, digests, log); !loaded) return std::move(loaded).error();
  if (auto loaded = load_initramfs(assets); !loaded) return std::move(loaded).error();
  return assets;
}

}  // namespace mayfly
