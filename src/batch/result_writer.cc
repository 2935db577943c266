// SPDX-License-Identifier: Apache-2.0
#include "batch/result_writer.h"

namespace mayfly {
namespace {

// Bytes of finished results in memory above which no new task is admitted.
constexpr std::size_t kMaxQueued = 4 << 20;

}  // namespace

ResultWriter::ResultWriter(Ring& ring, Fd output, bool keep_order, Handlers handlers)
    : keep_order_(keep_order),
      stream_(ring, std::move(output),
              {.on_drained = std::move(handlers.on_room),
               .on_write_error = std::move(handlers.on_closed)}) {}

bool ResultWriter::full() const { return stream_.queued() + waiting_bytes_ > kMaxQueued; }

void ResultWriter::write(std::int64_t ticket, std::string line) {
  if (!keep_order_) return stream_.write(std::move(line));
  waiting_bytes_ += line.size();
  waiting_.emplace(ticket, std::move(line));
  for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_to_write_;
       first = waiting_.begin()) {
    waiting_bytes_ -= first->second.size();
    stream_.write(std::move(first->second));
    waiting_.erase(first);
    ++next_to_write_;
  }
}

void ResultWriter::flush_waiting() {
  for (auto& [ticket, line] : waiting_) stream_.write(std::move(line));
  waiting_.clear();
  waiting_bytes_ = 0;
}

}  // namespace mayfly
