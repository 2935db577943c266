// SPDX-License-Identifier: Apache-2.0
#include "image/artifact.h"

#include <unistd.h>

#include <filesystem>

#include "helpers.h"
#include "image/overlay.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

// SHA-256 of "hello", of FIPS 180-4.
constexpr const char* kHelloDigest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

std::string entry(const std::string& file, int size, const std::string& digest = kHelloDigest) {
  return R"({"file":")" + file + R"(","sha256":")" + digest + R"(","size_bytes":)" + std::to_string(size) + "}";
}

std::string kernel_manifest(const std::string& vmlinux) {
  return R"({"schema":1,"kind":"kernel","release":"6.1.1","source":"x","vmlinux":)" + vmlinux + "}";
}

std::string image_manifest(const std::string& disk, const std::string& overlay) {
  return R"({"schema":1,"kind":"image","name":"base","packages":[{"name":"gcc","version":"12"}],"warmup":["gcc --version","true"],"exercise":"true","disk":)" +
         disk + R"(,"overlay":)" + overlay + "}";
}

TempDirectory& with_base_image(TempDirectory& home) {
  home.write("images/base/disk.raw", "hello");
  home.write("images/base/overlay.qcow2", "overlay-content");
  home.write("images/base/manifest.json",
             image_manifest(entry("disk.raw", 5), entry("overlay.qcow2", 15)));
  return home;
}

Result<Fd> overlay_of(const Image& image, const RunDirectory& run) {
  return copy_overlay(image.overlay.fd.get(), image.overlay.size_bytes, run);
}

std::string kernel_error(const std::string& manifest) {
  const TempDirectory home;
  home.write("kernel/vmlinux", "hello");
  home.write("kernel/manifest.json", manifest);
  return message_of(open_kernel(home.path()));
}

TEST_CASE("a kernel is opened as its manifest says") {
  const TempDirectory home;
  home.write("kernel/vmlinux", "hello");
  home.write("kernel/manifest.json", kernel_manifest(entry("vmlinux", 5)));
  const auto kernel = open_kernel(home.path());
  REQUIRE_MESSAGE(kernel.ok(), kernel.error().message());
  CHECK(kernel->release == "6.1.1");
  CHECK(kernel->vmlinux.sha256 == kHelloDigest);
  CHECK(read_to_end(kernel->vmlinux.fd.get()) == "hello");
}

TEST_CASE("an image is opened with its disk, overlay and packages") {
  TempDirectory home;
  const auto image = open_image(with_base_image(home).path(), "base");
  REQUIRE_MESSAGE(image.ok(), image.error().message());
  CHECK(image->name == "base");
  CHECK(image->packages == std::vector<std::string>{"gcc 12"});
  CHECK(image->warmup == std::vector<std::string>{"gcc --version", "true"});
  CHECK(image->exercise == "true");
  CHECK(image->disk.size_bytes == 5);
  CHECK(read_to_end(image->overlay.fd.get()) == "overlay-content");
}

TEST_CASE("a machine is warmed with what its image says, and then with what its task's language says, but not twice") {
  Image image;
  image.warmup = {"a", "b"};
  image.languages = {{.name = "good", .aliases = {"g"}, .warmup = {"c", "a", "d"}}, {.name = "other", .warmup = {"e"}}};
  CHECK(warmup_for(image, "") == image.warmup);
  CHECK(warmup_for(image, "unknown") == image.warmup);
  CHECK(warmup_for(image, "good") == std::vector<std::string>{"a", "b", "c", "d"});
}

TEST_CASE("what is missing is an error with a remedy") {
  const TempDirectory home;
  const auto kernel = open_kernel(home.path());
  CHECK(contains(message_of(kernel), "guest kernel: "));
  CHECK(contains(message_of(kernel), "No such file"));
  CHECK(contains(kernel.error().hint(), "scripts/setup"));
  const auto image = open_image(home.path(), "python");
  CHECK(contains(message_of(image), "image 'python': "));
  CHECK(contains(image.error().hint(), "scripts/setup"));
  home.write("kernel/manifest.json", kernel_manifest(entry("vmlinux", 5)));
  CHECK(contains(message_of(open_kernel(home.path())), "kernel/vmlinux: No such file"));
}

TEST_CASE("a truncated file is an error that tells both sizes") {
  CHECK(contains(kernel_error(kernel_manifest(entry("vmlinux", 6))),
                 "vmlinux has 5 bytes, its manifest promises 6"));
}

TEST_CASE("a wrong manifest names its field") {
  const std::string good = entry("vmlinux", 5);
  CHECK(contains(kernel_error("{"), "manifest.json: not JSON"));
  CHECK(contains(kernel_error(R"({"kind":"image","vmlinux":)" + good + "}"), "'kind' must be 'kernel'"));
  CHECK(contains(kernel_error(R"({"vmlinux":)" + good + "}"), "'kind' must be 'kernel'"));
  CHECK(contains(kernel_error(R"({"schema":2,"kind":"kernel","vmlinux":)" + good + "}"), "'schema'"));
  CHECK(contains(kernel_error(R"({"kind":"kernel"})"), "'vmlinux' is missing"));
  CHECK(contains(kernel_error(R"({"kind":"kernel","x":1,"vmlinux":)" + good + "}"), "unknown field 'x'"));
  CHECK(contains(kernel_error(kernel_manifest(R"({"file":"vmlinux"})")), "'vmlinux.sha256' is missing"));
  CHECK(contains(kernel_error(kernel_manifest(entry("vmlinux", 0))), "'vmlinux.size_bytes' must be"));
}

TEST_CASE("a manifest cannot name a file elsewhere") {
  for (const std::string file : {"../vmlinux", "/etc/passwd", "a/b", "..", ""}) {
    CAPTURE(file);
    CHECK(contains(kernel_error(kernel_manifest(entry(file, 5))), "'vmlinux.file' must be a plain file name"));
  }
}

TEST_CASE("an image's name cannot leave the folder of images") {
  const TempDirectory home;
  for (const std::string name : {"../kernel", "", "a/b", "."}) {
    CAPTURE(name);
    CHECK(contains(message_of(open_image(home.path(), name)), "is not valid"));
  }
}

TEST_CASE("images are listed by name if they have a manifest") {
  const TempDirectory home;
  CHECK(list_images(home.path()).empty());
  for (const std::string name : {"zig", "base"}) home.write(std::string("images/") + name + "/manifest.json", "{}");
  home.write("images/half/disk.raw", "x");
  home.write("images/.hidden/manifest.json", "x");
  CHECK(list_images(home.path()) == std::vector<std::string>{"base", "zig"});
}

TEST_CASE("verify accepts the promised content and refuses a changed byte") {
  TempDirectory home;
  const DigestCache cache(home.path());
  const auto image = open_image(with_base_image(home).path(), "base");
  REQUIRE(image);
  CHECK(verify(image->disk, cache));
  const TempDirectory changed_home;
  changed_home.write("images/base/disk.raw", "hellp");
  changed_home.write("images/base/overlay.qcow2", "overlay-content");
  changed_home.write("images/base/manifest.json",
                     image_manifest(entry("disk.raw", 5), entry("overlay.qcow2", 15)));
  const auto changed = open_image(changed_home.path(), "base");
  REQUIRE(changed);
  const auto verified = verify(changed->disk, cache);
  CHECK(contains(message_of(verified), "disk.raw has changed"));
  CHECK(contains(verified.error().hint(), "scripts/setup"));
}

TEST_CASE("each overlay is a private copy without a name") {
  TempDirectory home;
  const auto image = open_image(with_base_image(home).path(), "base");
  const auto run = RunDirectory::create(home.path());
  REQUIRE(image);
  REQUIRE(run);
  auto first = overlay_of(*image, *run);
  auto second = overlay_of(*image, *run);
  REQUIRE(first);
  REQUIRE(second);
  REQUIRE(::pwrite(first->get(), "changed", 7, 0) == 7);
  CHECK(read_to_end(second->get()) == "overlay-content");
  CHECK(*read_file(home / "images/base/overlay.qcow2", 100) == "overlay-content");
  CHECK(std::filesystem::is_empty(run->path()));
}

TEST_CASE("an overlay whose source shrank is an error") {
  TempDirectory home;
  const auto image = open_image(with_base_image(home).path(), "base");
  const auto run = RunDirectory::create(home.path());
  REQUIRE(image);
  REQUIRE(run);
  home.write("images/base/overlay.qcow2", "short");
  CHECK(contains(message_of(overlay_of(*image, *run)), "shorter than expected"));
}

}  // namespace
}  // namespace mayfly::test
