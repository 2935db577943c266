// SPDX-License-Identifier: Apache-2.0
#include "base/printable.h"

#include "base/encoding.h"
#include "base/id.h"

namespace mayfly {

std::string printable(std::string_view text) {
  const bool valid = is_utf8(text);
  std::string out;
  out.reserve(text.size());
  bool c1 = false;  // inside one
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = byte < 0x20 || byte == 0x7f;
    const bool opens_c1 = is_c1(text, i);
    if (control || c1 || opens_c1 || (byte >= 0x80 && !valid)) {
      out += "\\x" + to_hex(text.substr(i, 1));
    } else {
      out.push_back(text[i]);
    }
    c1 = opens_c1;
  }
  return out;
}

std::string shown(std::string_view text) {
  std::string_view start = text.substr(0, kMaxIdLength);
  while (!is_utf8(start)) start.remove_suffix(1);
  return printable(start) + (start.size() < text.size() ? "…" : "");
}

}  // namespace mayfly
