// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mayfly {

// Standard base64 with padding (RFC 4648, section 4).
std::string base64_encode(std::string_view bytes);
void base64_append(std::string& out, std::string_view bytes);

// Strict: no white space, full padding, zero trailing bits; nullopt otherwise.
std::optional<std::string> base64_decode(std::string_view text);

// Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, at most U+10FFFF.
bool is_utf8(std::string_view bytes);

// In UTF-8: whether a control character of C1 (U+0080 to U+009F), two bytes long, is at `at`. Terminals obey them, too.
bool is_c1(std::string_view text, std::size_t at);

}  // namespace mayfly
