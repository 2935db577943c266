// SPDX-License-Identifier: Apache-2.0
#include "ring/durable_file.h"

#include <cerrno>
#include <utility>
#include <vector>

namespace mayfly {
namespace {

// Pieces that get to the disk together.
struct Group {
  std::string bytes;
  std::vector<DurableFile::Done> told;
};

}  // namespace

struct DurableFile::Writer : Op {
  Writer(Ring& r, std::shared_ptr<const Fd> f) : ring(r), fd(std::move(f)) {}

  Ring& ring;
  std::shared_ptr<const Fd> fd;
  bool owned = true;
  Group now;   // on its way
  Group next;
  std::size_t written = 0;  // of `now`
  bool syncing = false;
  int error = 0;

  void begin() {
    now = std::exchange(next, {});
    written = 0;
    if (error) return ring.nop(*this);
    submit();
  }

  void submit() {
    if (syncing) return ring.sync(*this, fd->get());
    ring.write(*this, fd->get(), now.bytes.data() + written, now.bytes.size() - written);
  }

  void complete(int result, std::uint32_t) override {
    if (!owned) return;
    if (error) return end();
    if (result == -EINTR || result == -EAGAIN) return submit();
    if (result < 0 || (result == 0 && !syncing)) error = result < 0 ? -result : EIO;
    if (error || syncing) return end();
    written += static_cast<std::size_t>(result);
    syncing = written == now.bytes.size();
    submit();
  }

  // Whoever is told may append, or let this go: then it is retired, and stays until the loop's next turn.
  void end() {
    syncing = false;
    const Group ended = std::exchange(now, {});
    for (const Done& on_disk : ended.told) {
      on_disk(error);
      if (!owned) return;
    }
    if (!next.told.empty() && !in_flight()) begin();
  }
};

DurableFile::DurableFile(Ring& ring, std::shared_ptr<const Fd> fd)
    : writer_(std::make_unique<Writer>(ring, std::move(fd))), ring_(ring) {}

DurableFile::~DurableFile() {
  writer_->owned = false;
  ring_.retire(std::move(writer_));
}

void DurableFile::append(std::string bytes, Done on_disk) {
  std::string& waiting = writer_->next.bytes;
  if (waiting.empty()) waiting = std::move(bytes);
  else waiting += bytes;
  writer_->next.told.push_back(std::move(on_disk));
  if (!writer_->in_flight() && writer_->now.told.empty()) writer_->begin();
}

std::size_t DurableFile::queued() const { return writer_->now.bytes.size() + writer_->next.bytes.size(); }

}  // namespace mayfly
