// SPDX-License-Identifier: Apache-2.0
// What a QEMU that its guest has taken over may say.
#include <variant>

#include "base/encoding.h"
#include "fuzz.h"
#include "qemu/qmp_message.h"

using namespace mayfly;
using fuzz::must;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = decode_qmp(fuzz::text(data, size));
  if (!message) {
    must(is_utf8(message.error().message()), "a message is text");
  } else if (const auto* event = std::get_if<QmpEvent>(&*message)) {
    must(is_utf8(event->name) && is_utf8(event->reason) && is_utf8(event->operation), "an event is text");
  } else if (const auto* error = std::get_if<QmpError>(&*message)) {
    must(is_utf8(error->description), "an error is text");
  }
  return 0;
}
