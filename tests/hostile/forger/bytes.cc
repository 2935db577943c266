// SPDX-License-Identifier: Apache-2.0
#include <sys/random.h>

#include <string>

#include "forgery.h"

namespace forger {
namespace {

constexpr std::size_t kMuch = 8 << 20;

void noise(Host& host, std::int64_t) {
  std::string bytes(64 * 1024, '\0');
  for (std::size_t done = 0; done < bytes.size(); done += 256) {
    if (::getrandom(bytes.data() + done, 256, 0) < 0) return;  // 256 come at once, see getrandom(2)
  }
  host.say(bytes + '\n');
}

void zeros(Host& host, std::int64_t) { host.say(std::string(64 * 1024, '\0') + '\n'); }
void endless_line(Host& host, std::int64_t) { host.say(std::string(kMuch, 'x')); }
void brackets(Host& host, std::int64_t) { host.say(std::string(mayfly::kMaxChannelLine - 2, '[') + '\n'); }

// As many as a line can hold, each of which has to be looked for.
void many_fields(Host& host, std::int64_t) {
  std::string line = "{";
  for (int n = 0; line.size() < mayfly::kMaxChannelLine - 32; ++n) line += '"' + std::to_string(n) + "\":0,";
  host.say(line + "\"status\":\"exit\"}\n");
}

// As other protocols begin a message: with its length, which is a lie.
void length_first(Host& host, std::int64_t) { host.say(std::string_view("\xff\xff\xff\xff{}\n", 7)); }

// The beginning of a success, for ever.
void half_a_line(Host& host, std::int64_t id) { host.say("{\"id\":" + std::to_string(id) + ",\"status\":\"exit\",\"code\":0"); }

void too_long_exit(Host& host, std::int64_t id) {
  mayfly::ExitReply exit;
  exit.code = 0;
  std::string line = encode(mayfly::Reply{id, exit});
  line.insert(1, mayfly::kMaxChannelLine - line.size() + 1, ' ');
  host.say(line);
}

void longest_exit(Host& host, std::int64_t id) {
  mayfly::ExitReply exit;
  exit.code = 0;
  std::string line = encode(mayfly::Reply{id, exit});
  line.insert(1, mayfly::kMaxChannelLine - line.size(), ' ');
  host.say(line);
}

constexpr Forgery kForgeries[] = {
    {"noise", noise},
    {"zeros", zeros},
    {"endless-line", endless_line},
    {"brackets", brackets},
    {"many-fields", many_fields},
    {"length-first", length_first},
    {"half-a-line", half_a_line},
    {"too-long-exit", too_long_exit},
    {"longest-exit", longest_exit},
};

}  // namespace

std::span<const Forgery> stream_forgeries() { return kForgeries; }

}  // namespace forger
