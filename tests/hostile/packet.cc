// SPDX-License-Identifier: Apache-2.0
#include "packet.h"

#include <sys/socket.h>

#include <array>
#include <cstring>

namespace mayfly::hostile {
namespace {

constexpr std::size_t kMostBytes = 64 * 1024;
constexpr std::size_t kMostDescriptors = 32;

std::vector<Fd> descriptors_of(msghdr& message) {
  std::vector<Fd> found;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    std::array<int, kMostDescriptors> numbers;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::memcpy(numbers.data(), CMSG_DATA(part), count * sizeof(int));
    for (std::size_t i = 0; i < count; ++i) found.emplace_back(numbers[i]);
  }
  return found;
}

}  // namespace

std::optional<Packet> receive_packet(int socket) {
  std::string text(kMostBytes, '\0');
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMostDescriptors)];
  iovec content{text.data(), text.size()};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (size <= 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(size));
  return Packet{std::move(text), descriptors_of(message)};
}

void send_packet(int socket, std::string_view text) {
  [[maybe_unused]] const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return parts;
}

}  // namespace mayfly::hostile
