// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "sys/memory_file.h"

namespace mayfly {

// Goes through extents in pieces that take about a millisecond to copy and hash.
class ExtentWalk {
 public:
  struct Piece {
    std::int64_t offset = 0;  // in the memory
    std::int64_t packed = 0;  // in the file that holds the extents one after the other
    std::int64_t size = 0;
  };

  // The next piece; nullopt after the last. `extents` must be the same each time.
  std::optional<Piece> next(const std::vector<Extent>& extents) {
    if (index_ == extents.size()) return std::nullopt;
    const Extent& extent = extents[index_];
    const Piece piece{extent.offset + done_, packed_, std::min(kPiece, extent.length - done_)};
    packed_ += piece.size;
    done_ += piece.size;
    if (done_ == extent.length) {
      ++index_;
      done_ = 0;
    }
    return piece;
  }

 private:
  static constexpr std::int64_t kPiece = 1 << 20;

  std::size_t index_ = 0;
  std::int64_t done_ = 0;    // of the extent
  std::int64_t packed_ = 0;  // of all
};

}  // namespace mayfly
