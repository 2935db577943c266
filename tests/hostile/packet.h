// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace mayfly::hostile {

// What a test and captive say to each other: one message of a SOCK_SEQPACKET socket, with the
// descriptors that come along.
struct Packet {
  std::string text;
  std::vector<Fd> descriptors;
};

// The next one, which must be there; empty: the other side has gone.
std::optional<Packet> receive_packet(int socket);

// Whoever does not listen any more does not mind.
void send_packet(int socket, std::string_view text);

// The parts of a text between zero bytes, or other bytes.
std::vector<std::string> split(std::string_view text, char at);

}  // namespace mayfly::hostile
