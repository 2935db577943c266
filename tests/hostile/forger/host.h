// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/fd.h"
#include "base/line_splitter.h"
#include "protocol/message.h"

namespace forger {

// The host, as an agent has it: requests come from it, and it takes whatever is said to it.
class Host {
 public:
  // `port` waits, for reading and for writing.
  explicit Host(mayfly::Fd port) : port_(std::move(port)) {}

  // Waits for the next request. nullopt: the host is gone, or says what no host does.
  std::optional<mayfly::Request> next();

  // Waits until the host has room for it.
  void say(std::string_view bytes);
  void say(const mayfly::Reply& reply) { say(mayfly::encode(reply)); }

  void hang_up() { port_.reset(); }

 private:
  mayfly::Fd port_;
  mayfly::LineSplitter lines_{mayfly::kMaxChannelLine};
  std::array<char, 64 * 1024> buffer_;
};

// The machine's file systems as far as an agent needs them: /proc, /sys, /dev.
bool mount_all();
void unmount_all();

// The host's port, which waits. Not there: an empty descriptor.
mayfly::Fd open_host_port();

}  // namespace forger
