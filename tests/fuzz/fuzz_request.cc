// SPDX-License-Identifier: Apache-2.0
// What the agent's port may receive.
#include <string>

#include "base/encoding.h"
#include "fuzz.h"
#include "protocol/message.h"

using namespace mayfly;
using fuzz::must;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = decode_request(fuzz::text(data, size));
  if (!request) {
    must(is_utf8(request.error().message()), "a message is text");
    return 0;
  }
  const std::string encoded = encode(*request);
  const auto again = decode_request(std::string_view(encoded).substr(0, encoded.size() - 1));
  must(again.ok(), "what we encode we decode");
  must(encode(*again) == encoded, "and it is the same");
  return 0;
}
