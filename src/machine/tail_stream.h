// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "machine/tail_buffer.h"
#include "ring/ring.h"
#include "ring/stream.h"

namespace mayfly {

// Reads to the end what somebody says, and keeps the last of it.
class TailStream {
 public:
  TailStream(Ring& ring, Fd fd, std::function<void()> on_end)
      : stream_(ring, std::move(fd),
                Stream::Handlers{.on_bytes = [this](std::string_view bytes) { tail_.append(bytes); },
                                 .on_end = [on_end = std::move(on_end)](int) { on_end(); }}) {
    stream_.resume();
  }

  const std::string& content() const { return tail_.content(); }

 private:
  TailBuffer tail_;
  Stream stream_;
};

}  // namespace mayfly
