// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mayfly {

// Keeps the last kMaxTail bytes of a stream, for an error message.
class TailBuffer {
 public:
  static constexpr std::size_t kMaxTail = 4096;

  void append(std::string_view bytes) {
    if (bytes.size() >= kMaxTail) {
      content_ = bytes.substr(bytes.size() - kMaxTail);
      return;
    }
    content_.append(bytes);
    if (content_.size() > kMaxTail) content_.erase(0, content_.size() - kMaxTail);
  }

  const std::string& content() const { return content_; }

 private:
  std::string content_;
};

}  // namespace mayfly
