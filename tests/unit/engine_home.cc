// SPDX-License-Identifier: Apache-2.0
#include "engine_home.h"

#include <filesystem>

#include "base/sha256.h"

namespace mayfly::test {

EngineHome::EngineHome(const std::string& trick) {
  const std::string kernel = file_entry("kernel/vmlinux", "kernel");
  directory_.write("kernel/manifest.json",
                   R"({"schema":1,"kind":"kernel","release":"6.1.1","source":"x","vmlinux":)" + kernel + "}");
  publish("base", "gold");
  settings.home = path();
  settings.qemu = *this / ("fake-qemu-" + trick);
  std::filesystem::create_symlink(FAKE_QEMU, settings.qemu);
  settings.accelerator = "tcg";
  settings.time_factor = 1;
  settings.no_snapshot = true;
  settings.containment.unsafe_no_jail = true;
}

// The manifest is another file each time, as whoever publishes renames one into place.
void EngineHome::publish(const std::string& name, const std::string& disk, const std::string& languages) {
  const std::string folder = "images/" + name + "/";
  const std::string manifest = R"({"schema":1,"kind":"image","name":")" + name + R"(","packages":[],"languages":)" +
                               languages + R"(,"disk":)" + file_entry(folder + "disk.raw", disk) + R"(,"overlay":)" +
                               file_entry(folder + "overlay.qcow2", "overlay") + "}";
  const std::string fresh = directory_.write(folder + "manifest.new", manifest);
  std::filesystem::rename(fresh, *this / (folder + "manifest.json"));
}

// What is open of the file that was there stays as it was.
std::string EngineHome::file_entry(const std::string& path, std::string_view content) const {
  std::filesystem::remove(directory_ / path);
  directory_.write(path, content);
  return R"({"file":")" + std::filesystem::path(path).filename().string() + R"(","sha256":")" + sha256_of_text(content) +
         R"(","size_bytes":)" + std::to_string(content.size()) + "}";
}

}  // namespace mayfly::test
