// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/fd.h"
#include "ring/stream.h"

namespace mayfly {

// Writes result lines, whole and one after the other, as they come or in the order in which
// their tasks were admitted. Says when it is full: then nobody should admit more.
class ResultWriter {
 public:
  struct Handlers {
    std::function<void()> on_room;         // not full any more, or all written
    std::function<void(int)> on_closed;    // errno: nobody reads any more
  };

  ResultWriter(Ring& ring, Fd output, bool keep_order, Handlers handlers);

  // Each admitted task takes a ticket, in order, and hands in one line for it.
  std::int64_t take_ticket() { return next_ticket_++; }
  void write(std::int64_t ticket, std::string line);

  // A line that belongs to no ticket, at once.
  void announce(std::string line) { stream_.write(std::move(line)); }

  bool full() const;
  bool empty() const { return stream_.queued() == 0 && waiting_.empty(); }

  // Writes what waits for an earlier ticket that will not come.
  void flush_waiting();

 private:
  bool keep_order_;
  std::int64_t next_ticket_ = 0;
  std::int64_t next_to_write_ = 0;
  std::map<std::int64_t, std::string> waiting_;  // finished before an earlier task
  std::size_t waiting_bytes_ = 0;
  Stream stream_;
};

}  // namespace mayfly
