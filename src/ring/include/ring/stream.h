// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "ring/ring.h"

namespace mayfly {

// A byte stream on the ring: a socket, a pipe, a terminal or a file, read in pieces and
// written from a bounded queue. SIGPIPE must be ignored in the process.
// Any handler may destroy the stream; after the destructor none is called, and what the
// kernel still holds is retired with its buffers and its descriptor.
class Stream {
 public:
  struct Handlers {
    // Bytes as they came; the view lives during the call.
    std::function<void(std::string_view)> on_bytes = {};
    // No more bytes will come: end of file (0), or the errno of the failed read.
    std::function<void(int error)> on_end = {};
    // Everything queued has been written. Optional.
    std::function<void()> on_drained = {};
    // The peer does not take any more: errno of the failed write. Optional.
    std::function<void(int error)> on_write_error = {};
  };

  // A handler may be empty where the stream is used in the other direction only.
  Stream(Ring& ring, Fd fd, Handlers handlers);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Reading starts with resume() and goes on until pause(), the end or an error. Bytes that
  // arrive while paused are kept (one buffer) and delivered on resume().
  void resume();
  void pause();

  // Queues bytes. The queue is the caller's to bound: see queued().
  void write(std::string bytes);
  std::size_t queued() const;

 private:
  struct Reader;
  struct Writer;
  void deliver();

  Ring& ring_;
  std::shared_ptr<const Handlers> handlers_;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace mayfly
