// SPDX-License-Identifier: Apache-2.0
#include "guest/port.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>

#include "guest/text_file.h"

namespace mayfly::guest {
namespace {

constexpr const char* kPorts = "/sys/class/virtio-ports";

// The kernel's announcements about devices.
Result<Fd> open_announcements() {
  Fd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
  if (!socket) return Error::system("open the kernel's announcements of devices", errno);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = 1;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Error::system("listen for the kernel's announcements of devices", errno);
  }
  return socket;
}

void wait_for_announcement(const Fd& socket) {
  // What it says does not matter, nor that some were lost: the ports are looked at anew.
  std::array<char, 4096> buffer;
  [[maybe_unused]] const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
}

bool has_name(const std::string& device, std::string_view name) {
  const auto text = read_text(AT_FDCWD, (std::string(kPorts) + "/" + device + "/name").c_str());
  return text && *text == std::string(name) + "\n";
}

std::optional<std::string> find_port(std::string_view name) {
  const std::unique_ptr<DIR, int (*)(DIR*)> ports(::opendir(kPorts), ::closedir);
  if (!ports) return std::nullopt;
  while (const dirent* entry = ::readdir(ports.get())) {
    if (entry->d_name[0] != '.' && has_name(entry->d_name, name)) return entry->d_name;
  }
  return std::nullopt;
}

}  // namespace

Result<Fd> open_port(std::string_view name) {
  auto announcements = open_announcements();
  if (!announcements) return announcements;
  std::optional<std::string> device;
  while (!(device = find_port(name))) wait_for_announcement(*announcements);
  const std::string path = "/dev/" + *device;
  Fd port(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!port) return Error::system("open " + path, errno);
  return port;
}

}  // namespace mayfly::guest
