// SPDX-License-Identifier: Apache-2.0
#include "host.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "guest/port.h"

namespace forger {
namespace {

struct Mount {
  const char* type;
  const char* target;
};

constexpr std::array kMounts = {Mount{"proc", "/proc"}, Mount{"sysfs", "/sys"}, Mount{"devtmpfs", "/dev"}};

}  // namespace

std::optional<mayfly::Request> Host::next() {
  while (true) {
    if (const auto line = lines_.next()) {
      auto request = mayfly::decode_request(*line);
      return request ? std::optional(*std::move(request)) : std::nullopt;
    }
    const ssize_t got = ::read(port_.get(), buffer_.data(), buffer_.size());
    if (got <= 0 || lines_.overflowed()) return std::nullopt;
    lines_.append({buffer_.data(), static_cast<std::size_t>(got)});
  }
}

void Host::say(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(port_.get(), bytes.data(), bytes.size());
    if (put <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

bool mount_all() {
  bool all = true;
  for (const Mount& mount : kMounts) all &= ::mount(mount.type, mount.target, mount.type, 0, nullptr) == 0;
  return all;
}

void unmount_all() {
  for (const Mount& mount : kMounts) ::umount2(mount.target, MNT_DETACH);
}

mayfly::Fd open_host_port() {
  auto port = mayfly::guest::open_port(mayfly::kAgentPort);
  if (!port) return {};
  ::fcntl(port->get(), F_SETFL, 0);
  return *std::move(port);
}

}  // namespace forger
