// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "forgery.h"

namespace forger {
namespace {

void content(Host& host, std::int64_t id, std::size_t size, bool eof) {
  host.say(mayfly::Reply{id, mayfly::DataReply{std::string(size, 'f'), eof}});
}

// A file that never ends, for each request as much of it as was asked for.
void endless(Host& host, std::int64_t id) { content(host, id, mayfly::kMaxChunk, false); }
void greedy(Host& host, std::int64_t id) { content(host, id, mayfly::kMaxChunk + 1, true); }
void nothing_and_more(Host& host, std::int64_t id) { content(host, id, 0, false); }

// At this pace the largest artifact that a task may have takes as many requests as it has bytes.
void drop_by_drop(Host& host, std::int64_t id) { content(host, id, 1, false); }

void content_twice(Host& host, std::int64_t id) {
  const std::string line = encode(mayfly::Reply{id, mayfly::DataReply{"f", true}});
  host.say(line + line);
}

constexpr Forgery kForgeries[] = {
    {"endless-file", endless},
    {"greedy-file", greedy},
    {"nothing-and-more", nothing_and_more},
    {"drop-by-drop", drop_by_drop},
    {"file-twice", content_twice},
};

}  // namespace

std::span<const Forgery> file_forgeries() { return kForgeries; }

}  // namespace forger
