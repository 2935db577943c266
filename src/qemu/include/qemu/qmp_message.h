// SPDX-License-Identifier: Apache-2.0
//
// QMP, the QEMU Machine Protocol (QEMU docs/interop/qmp-spec.txt): JSON objects, one a line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace mayfly {

constexpr std::size_t kMaxQmpLine = 1 << 20;

struct QmpGreeting {};

// The answer to the command with this id.
struct QmpReturn {
  std::int64_t id = 0;
};
struct QmpError {
  std::int64_t id = 0;
  std::string description;
};

// An event with the fields of those that mayfly reacts to; absent ones keep their default.
struct QmpEvent {
  std::string name;         // "SHUTDOWN", "BLOCK_IO_ERROR", …
  std::string reason;       // SHUTDOWN: "guest-reset", …; BLOCK_IO_ERROR: the host's strerror
  std::string operation;    // BLOCK_IO_ERROR: "read" or "write"
  std::string status;       // MIGRATION: "active", "completed", "failed", …
  bool guest = false;       // SHUTDOWN: the guest asked for it
  bool no_space = false;    // BLOCK_IO_ERROR: the host's disk is full
};

using QmpMessage = std::variant<QmpGreeting, QmpReturn, QmpError, QmpEvent>;

// Reads one line. QEMU may have been taken over by its guest, so any bytes may come; but
// unknown members are allowed, as the protocol demands.
Result<QmpMessage> decode_qmp(std::string_view line);

// One command, as a line. `arguments` is a JSON object, or empty for none. Short on purpose:
// QEMU's monitor reads a byte at a time.
std::string encode_qmp_command(std::string_view command, std::string_view arguments, std::int64_t id);

}  // namespace mayfly
