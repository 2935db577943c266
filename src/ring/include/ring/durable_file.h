// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/fd.h"
#include "ring/ring.h"

namespace mayfly {

// Appends to a regular file on the ring, and tells of each piece when it is on the disk. What comes while the disk is
// at work goes with the next write and sync, all together: a slow disk makes larger groups, and the loop never waits.
class DurableFile {
 public:
  // errno of the write or the sync that failed, or 0.
  using Done = std::function<void(int error)>;

  // Writes where the file position is.
  DurableFile(Ring& ring, std::shared_ptr<const Fd> fd);
  ~DurableFile();  // what is not on the disk yet may get there or not; nobody is told
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  // Calls back in a later turn of the loop, in the order of the calls. `on_disk` may destroy this. After an error
  // nothing more is written, as nobody knows what is on the disk: all that waits, and all that comes, gets that error.
  void append(std::string bytes, Done on_disk);

  std::size_t queued() const;  // bytes that are not on the disk yet

 private:
  struct Writer;
  std::unique_ptr<Writer> writer_;
  Ring& ring_;
};

}  // namespace mayfly
