// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

namespace mayfly {

// Bytes that many may hold and nobody changes: a copy costs nothing.
class SharedBytes {
 public:
  SharedBytes() = default;
  SharedBytes(std::string bytes) : bytes_(std::make_shared<const std::string>(std::move(bytes))) {}
  SharedBytes(const char* text) : SharedBytes(std::string(text)) {}

  const std::string& str() const {
    static const std::string none;
    return bytes_ ? *bytes_ : none;
  }
  operator const std::string&() const { return str(); }
  bool empty() const { return str().empty(); }
  std::size_t size() const { return str().size(); }

  friend bool operator==(const SharedBytes& a, const SharedBytes& b) { return a.str() == b.str(); }

 private:
  std::shared_ptr<const std::string> bytes_;
};

}  // namespace mayfly
