// SPDX-License-Identifier: Apache-2.0
//
// What a hostile agent says or does in place of an honest answer. Each can stand for the answer to any request.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "host.h"

namespace forger {

struct Forgery {
  std::string_view name;
  // `id` is that of the request that waits for an answer. If it returns, the machine goes on as an honest one.
  void (*commit)(Host& host, std::int64_t id);
};

// A line that no honest agent says. kIdMark in its text stands for the request's id.
struct Line {
  std::string_view name;
  std::string_view text;
};

inline constexpr char kIdMark = '@';

// By kind, each in a file of its own.
std::span<const Forgery> exit_forgeries();     // how a program ended
std::span<const Forgery> output_forgeries();   // what it printed
std::span<const Forgery> refusal_forgeries();  // why it could not be run
std::span<const Forgery> file_forgeries();     // about files
std::span<const Forgery> stream_forgeries();   // bytes that are no lines, or no end of lines
std::span<const Forgery> machine_forgeries();  // no words but deeds
std::span<const Line> garbled_lines();         // not in the protocol

// Commits the forgery of that name; false: there is none.
bool commit(std::string_view name, Host& host, std::int64_t id);

std::vector<std::string_view> all_names();

}  // namespace forger
