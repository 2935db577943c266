// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "forgery.h"

namespace forger {
namespace {

using mayfly::Refusal;
using namespace std::string_view_literals;

// Clears a screen, names a window, rings, colours (as two bytes of UTF-8), ends a string, begins a line of its own.
constexpr std::string_view kForTerminals = "\x1b[2J\x1b]0;owned\a\xc2\x9b" "31m\0\r\nmayfly: error: forged\x7f"sv;

// With what is around it, as long as a line can be.
constexpr std::size_t kLongest = mayfly::kMaxChannelLine - 256;

void refuse(Host& host, std::int64_t id, Refusal reason, std::string_view message) {
  host.say(mayfly::Reply{id, mayfly::ErrorReply{reason, std::string(message)}});
}

template <Refusal reason>
void plain(Host& host, std::int64_t id) {
  refuse(host, id, reason, "forged");
}

void for_terminals(Host& host, std::int64_t id) { refuse(host, id, Refusal::failed, kForTerminals); }
void megabyte(Host& host, std::int64_t id) { refuse(host, id, Refusal::failed, std::string(kLongest, 'm')); }

constexpr Forgery kForgeries[] = {
    {"refused-invalid", plain<Refusal::invalid>},
    {"refused-token", plain<Refusal::token>},
    {"refused-busy", plain<Refusal::busy>},
    {"refused-permission", plain<Refusal::permission>},
    {"refused-not-found", plain<Refusal::not_found>},
    {"refused-cannot-run", plain<Refusal::cannot_run>},
    {"refused-failed", plain<Refusal::failed>},
    {"refused-for-terminals", for_terminals},
    {"refused-megabyte", megabyte},
};

}  // namespace

std::span<const Forgery> refusal_forgeries() { return kForgeries; }

}  // namespace forger
