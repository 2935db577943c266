// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "forgery.h"

namespace forger {
namespace {

using mayfly::ExitReply;
using mayfly::Limit;
using mayfly::Reply;

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

void say_code(Host& host, std::optional<std::int64_t> id, int code) {
  ExitReply exit;
  exit.code = code;
  host.say(Reply{id, exit});
}

void say_signal(Host& host, std::int64_t id, int signal, bool out_of_memory = false) {
  ExitReply exit;
  exit.signal = signal;
  exit.out_of_memory = out_of_memory;
  host.say(Reply{id, exit});
}

template <Limit limit>
void exceeded(Host& host, std::int64_t id) {
  ExitReply exit;
  exit.exceeded = limit;
  host.say(Reply{id, exit});
}

void timed_out(Host& host, std::int64_t id) {
  ExitReply exit;
  exit.timed_out = true;
  host.say(Reply{id, exit});
}

void exit_0(Host& host, std::int64_t id) { say_code(host, id, 0); }
void exit_255(Host& host, std::int64_t id) { say_code(host, id, 255); }
void signal_9(Host& host, std::int64_t id) { say_signal(host, id, 9); }
void signal_64(Host& host, std::int64_t id) { say_signal(host, id, 64); }
void out_of_memory(Host& host, std::int64_t id) { say_signal(host, id, 9, true); }

// As large as the wire has them.
void huge_usage(Host& host, std::int64_t id) {
  ExitReply exit;
  exit.code = 0;
  exit.usage = {kHuge, kHuge, kHuge, kHuge, kHuge, kHuge};
  host.say(Reply{id, exit});
}

// In one piece: the host has both before it can do anything about the first.
void exit_twice(Host& host, std::int64_t id) {
  ExitReply first, second;
  first.code = 0;
  second.code = 1;
  host.say(encode(Reply{id, first}) + encode(Reply{id, second}));
}

void exit_then_output(Host& host, std::int64_t id) {
  ExitReply exit;
  exit.code = 0;
  host.say(encode(Reply{id, exit}) + encode(Reply{id, mayfly::StreamReply{false, "late"}}));
}

void exit_of_next(Host& host, std::int64_t id) { say_code(host, id + 1, 0); }
void exit_of_first(Host& host, std::int64_t) { say_code(host, 1, 0); }
void exit_of_none(Host& host, std::int64_t) { say_code(host, std::nullopt, 0); }
void exit_of_last(Host& host, std::int64_t) { say_code(host, kHuge, 0); }

void ack(Host& host, std::int64_t id) { host.say(Reply{id, mayfly::AckReply{}}); }

void ack_twice(Host& host, std::int64_t id) {
  const std::string line = encode(Reply{id, mayfly::AckReply{}});
  host.say(line + line);
}

void ready(Host& host, std::int64_t) { host.say(Reply{{}, mayfly::ReadyReply{"9.9.9"}}); }

void ready_twice(Host& host, std::int64_t) {
  const std::string line = encode(Reply{{}, mayfly::ReadyReply{"9.9.9"}});
  host.say(line + line);
}

void ready_in_colour(Host& host, std::int64_t) { host.say(Reply{{}, mayfly::ReadyReply{"\x1b[2J\x1b]0;owned\a\xc2\x9b" "31m"}}); }

void action(Host& host, std::int64_t id) { host.say(Reply{id, mayfly::ActionReply{}}); }

constexpr Forgery kForgeries[] = {
    {"exit-0", exit_0},
    {"exit-255", exit_255},
    {"signal-9", signal_9},
    {"signal-64", signal_64},
    {"out-of-memory", out_of_memory},
    {"timed-out", timed_out},
    {"exceeded-cpu", exceeded<Limit::cpu_ms>},
    {"exceeded-stdout", exceeded<Limit::stdout_bytes>},
    {"exceeded-stderr", exceeded<Limit::stderr_bytes>},
    {"huge-usage", huge_usage},
    {"exit-twice", exit_twice},
    {"exit-then-output", exit_then_output},
    {"exit-of-next", exit_of_next},
    {"exit-of-first", exit_of_first},
    {"exit-of-none", exit_of_none},
    {"exit-of-last", exit_of_last},
    {"ack", ack},
    {"ack-twice", ack_twice},
    {"ready", ready},
    {"ready-twice", ready_twice},
    {"ready-in-colour", ready_in_colour},
    {"action", action},
};

}  // namespace

std::span<const Forgery> exit_forgeries() { return kForgeries; }

}  // namespace forger
