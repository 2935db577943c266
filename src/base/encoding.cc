// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include <array>
#include <cstdint>

namespace mayfly {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kInvalid = 0xff;

constexpr std::array<std::uint8_t, 256> make_decode_table() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kInvalid);
  for (std::uint8_t i = 0; i < 64; ++i) table[static_cast<unsigned char>(kAlphabet[i])] = i;
  return table;
}

constexpr auto kDecode = make_decode_table();

// Decodes one group of 4 characters, of which `used` carry data (2, 3 or 4).
bool decode_group(const char* group, std::size_t used, std::string& out) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint8_t value = i < used ? kDecode[static_cast<unsigned char>(group[i])] : 0;
    if (value == kInvalid) return false;
    bits = bits << 6 | value;
  }
  const std::uint32_t unused_bits = used == 2 ? 0xffff : used == 3 ? 0xff : 0;
  if (bits & unused_bits) return false;
  for (std::size_t i = 0; i + 1 < used; ++i) {
    out.push_back(static_cast<char>(bits >> (16 - 8 * i) & 0xff));
  }
  return true;
}

// Length of the sequence that `lead` opens, and the range its second byte must be in.
struct SequenceRule {
  int length;
  unsigned char second_min;
  unsigned char second_max;
};

SequenceRule sequence_rule(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead >= 0xc2 && lead <= 0xdf) return {2, 0x80, 0xbf};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead >= 0xe1 && lead <= 0xef) return {3, 0x80, 0xbf};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead >= 0xf1 && lead <= 0xf3) return {4, 0x80, 0xbf};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

bool is_continuation(unsigned char c) { return (c & 0xc0) == 0x80; }

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  base64_append(out, bytes);
  return out;
}

void base64_append(std::string& out, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = bytes.size() - i < 3 ? bytes.size() - i : 3;
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (j < have ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out.push_back(j <= have ? kAlphabet[bits >> (18 - 6 * j) & 63] : '=');
    }
  }
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::size_t used = 4;
    if (i + 4 == text.size()) {
      if (text[i + 3] == '=') used = text[i + 2] == '=' ? 2 : 3;
    }
    if (!decode_group(text.data() + i, used, out)) return std::nullopt;
  }
  return out;
}

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const SequenceRule rule = sequence_rule(static_cast<unsigned char>(bytes[i]));
    const auto length = static_cast<std::size_t>(rule.length);
    if (length == 0 || i + length > bytes.size()) return false;
    if (length > 1) {
      const auto second = static_cast<unsigned char>(bytes[i + 1]);
      if (second < rule.second_min || second > rule.second_max) return false;
    }
    for (std::size_t j = 2; j < length; ++j) {
      if (!is_continuation(static_cast<unsigned char>(bytes[i + j]))) return false;
    }
    i += length;
  }
  return true;
}

bool is_c1(std::string_view text, std::size_t at) {
  return text[at] == '\xc2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

}  // namespace mayfly
