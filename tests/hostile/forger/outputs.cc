// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "forgery.h"

namespace forger {
namespace {

using mayfly::Reply;
using mayfly::StreamReply;

std::string frame(std::int64_t id, bool is_stderr, std::string data) {
  return encode(Reply{id, StreamReply{is_stderr, std::move(data)}});
}

[[noreturn]] void repeat(Host& host, const std::string& words) {
  while (true) host.say(words);
}

// More than a task may print, and then the end of a program that has printed nothing too much.
void too_much(Host& host, std::int64_t id) {
  mayfly::ExitReply exit;
  exit.code = 0;
  host.say(frame(id, false, std::string(mayfly::kMaxChunk, 'x')) + encode(Reply{id, exit}));
}

void endless_output(Host& host, std::int64_t id) {
  repeat(host, frame(id, false, std::string(60'000, 'o')) + frame(id, true, std::string(60'000, 'e')));
}

// None of them comes nearer to any limit of output.
void endless_nothing(Host& host, std::int64_t id) { repeat(host, frame(id, false, "") + frame(id, true, "")); }

void output_of_next(Host& host, std::int64_t id) { host.say(frame(id + 1, false, "x")); }
void output_of_none(Host& host, std::int64_t) { host.say(encode(Reply{{}, StreamReply{false, "x"}})); }

constexpr Forgery kForgeries[] = {
    {"too-much-output", too_much},
    {"endless-output", endless_output},
    {"endless-nothing", endless_nothing},
    {"output-of-next", output_of_next},
    {"output-of-none", output_of_none},
};

}  // namespace

std::span<const Forgery> output_forgeries() { return kForgeries; }

}  // namespace forger
