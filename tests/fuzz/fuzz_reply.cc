// SPDX-License-Identifier: Apache-2.0
// What an agent may send: cut into lines wherever it was cut on the way, then decoded.
#include <algorithm>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "fuzz.h"
#include "base/line_splitter.h"
#include "protocol/message.h"

using namespace mayfly;
using fuzz::must;

namespace {

constexpr std::size_t kMaxLine = 512;  // small, so that the fuzzer finds the limit

// The lines of `bytes` when they come in pieces of `piece`.
std::vector<std::string> split(std::string_view bytes, std::size_t piece) {
  LineSplitter lines(kMaxLine);
  std::vector<std::string> out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    lines.append(bytes.substr(0, piece));
    while (const auto line = lines.next()) {
      must(line->size() < kMaxLine, "a line is shorter than its limit");
      out.emplace_back(*line);
    }
    must(lines.rest().size() <= kMaxLine + piece, "what is kept is bounded");
  }
  return out;
}

void check_reply(std::string_view line) {
  const auto reply = decode_reply(line);
  if (!reply) return must(is_utf8(reply.error().message()), "a message is text");
  const std::string encoded = encode(*reply);
  const auto again = decode_reply(std::string_view(encoded).substr(0, encoded.size() - 1));
  must(again.ok(), "what we encode we decode");
  must(encode(*again) == encoded, "and it is the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text(data, size);
  const auto lines = split(bytes, std::max<std::size_t>(size, 1));
  must(split(bytes, 1) == lines, "single bytes make the same lines");
  must(split(bytes, 7) == lines, "and so do odd pieces");
  for (const std::string& line : lines) check_reply(line);
  check_reply(bytes);
  return 0;
}
