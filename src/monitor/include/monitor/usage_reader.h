// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "ring/ring.h"
#include "sys/cgroup.h"

namespace mayfly {

// Reads a group's counters through the ring, one after the other, and calls back once with
// what they said, never from within the constructor. A counter that cannot be read is left
// out. The callback may destroy the reader.
class UsageReader {
 public:
  UsageReader(Ring& ring, std::vector<CgroupCounter> counters, std::function<void(const CgroupUsage&)> on_usage);
  ~UsageReader();
  UsageReader(const UsageReader&) = delete;
  UsageReader& operator=(const UsageReader&) = delete;

 private:
  class Read;

  void next();
  void take(int result);

  Ring& ring_;
  std::vector<CgroupCounter> counters_;
  std::function<void(const CgroupUsage&)> on_usage_;
  CgroupUsage usage_;
  std::unique_ptr<Read> read_;
};

}  // namespace mayfly
