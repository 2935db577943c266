// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mayfly::guest {

// Bytes on their way to a non-blocking descriptor. Has no limit of its own: whoever pushes
// looks at size() first.
class OutputQueue {
 public:
  void push(std::string_view bytes);
  std::size_t size() const { return buffer_.size() - start_; }

  // Writes what `fd` takes now; an error only where it will never take more.
  Result<void> flush(int fd);

 private:
  std::string buffer_;
  std::size_t start_ = 0;
};

}  // namespace mayfly::guest
