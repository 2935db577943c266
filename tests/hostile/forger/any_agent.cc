// SPDX-License-Identifier: Apache-2.0
//
// What makes mayfly out of its own objects, but for the agent: that comes from the file that MAYFLY_INITRAMFS names.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "guest/initramfs.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kMostBytes = 64 << 20;

std::string read_initramfs() {
  const char* path = ::getenv("MAYFLY_INITRAMFS");
  auto content = path ? read_file(path, kMostBytes) : Result<std::string>(Error("MAYFLY_INITRAMFS names no file"));
  if (content) return *std::move(content);
  std::fprintf(stderr, "%s\n", content.error().message().c_str());
  std::exit(EXIT_FAILURE);
}

}  // namespace

std::string_view agent_initramfs() {
  static const std::string content = read_initramfs();
  return content;
}

}  // namespace mayfly
