// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/message.h"

namespace mayfly::guest {

// Readers of the kernel's cgroup files; what is missing or not a number counts as absent.

// The number after "<key> " at the start of a line: cpu.stat, memory.events, cgroup.events.
std::optional<std::int64_t> flat_value(std::string_view text, std::string_view key);

// The sum of every "<key>=<number>" in io.stat, over all devices.
std::int64_t nested_sum(std::string_view text, std::string_view key);

// A file that holds one number: memory.peak.
std::optional<std::int64_t> single_value(std::string_view text);

// Fills in the CPU times from cpu.stat, the I/O from io.stat and the peak from memory.peak.
void add_cpu_stat(GuestUsage& usage, std::string_view cpu_stat);
void add_io_stat(GuestUsage& usage, std::string_view io_stat);
void add_memory_peak(GuestUsage& usage, std::string_view memory_peak);

}  // namespace mayfly::guest
