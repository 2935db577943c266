// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/fd.h"
#include "batch/batch.h"
#include "engine/host.h"

namespace mayfly {

// One batch in the foreground, with a pool of its own, until its last result is written. SIGINT and SIGTERM end it
// early (Batch::interrupt).
class BatchSession {
 public:
  // `journal` is loaded, or null, and outlives the session. What of `options` the host knows is set here: what shapes
  // results, and who counts them.
  BatchSession(Host& host, int pool_size, BatchOptions options, Journal* journal, Fd input, Fd output);

  // Once. An error: the loop failed. How the batch went is told by batch().
  Result<void> run();

  const Batch& batch() const { return batch_; }

 private:
  Host& host_;
  std::unique_ptr<Pool> pool_;
  Batch batch_;
};

}  // namespace mayfly
