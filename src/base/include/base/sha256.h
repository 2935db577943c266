// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mayfly {

// SHA-256 (FIPS 180-4) of bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void add(std::string_view bytes);
  std::string finish();  // lower-case hex; once

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// SHA-256 of a whole file, lower-case hex. Takes seconds for a gold image.
Result<std::string> sha256_of_file(int fd);

// SHA-256 of bytes in memory, lower-case hex.
std::string sha256_of_text(std::string_view text);

}  // namespace mayfly
