// SPDX-License-Identifier: Apache-2.0
#include "ring/stream.h"

#include <poll.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <deque>

namespace mayfly {
namespace {

constexpr std::size_t kReadBuffer = 64 * 1024;

}  // namespace

// Both operations share the descriptor: it must not be closed, and its number not reused,
// while either is prepared or in flight.
struct Stream::Reader : Op {
  Reader(Ring& r, std::shared_ptr<Fd> f, Stream* s) : ring(r), fd(std::move(f)), owner(s) {}

  Ring& ring;
  std::shared_ptr<Fd> fd;
  Stream* owner;
  bool paused = true;
  bool has_result = false;  // a completion that was not delivered yet
  bool ended = false;
  bool polling = false;  // someone set the descriptor to non-blocking: wait for it first
  int result = 0;
  std::array<char, kReadBuffer> buffer;

  void submit() { ring.read(*this, fd->get(), buffer.data(), buffer.size()); }

  void complete(int res, std::uint32_t) override {
    if (!owner) return;
    if (std::exchange(polling, false) || res == -EINTR) return submit();
    if (!has_result) {
      polling = res == -EAGAIN;
      if (polling) return ring.poll(*this, fd->get(), POLLIN);
      result = res;
      has_result = true;
    }
    if (!paused) owner->deliver();
  }
};

struct Stream::Writer : Op {
  Writer(Ring& r, std::shared_ptr<Fd> f, Stream* s) : ring(r), fd(std::move(f)), owner(s) {}

  Ring& ring;
  std::shared_ptr<Fd> fd;
  Stream* owner;
  std::deque<std::string> queue;
  std::size_t offset = 0;  // of queue.front() already written
  std::size_t queued = 0;
  bool failed = false;
  bool polling = false;

  void submit() {
    const std::string& front = queue.front();
    ring.write(*this, fd->get(), front.data() + offset, front.size() - offset);
  }

  void advance(std::size_t written) {
    offset += written;
    queued -= written;
    if (offset < queue.front().size()) return;
    queue.pop_front();
    offset = 0;
  }

  void complete(int res, std::uint32_t) override {
    if (!owner) return;
    if (std::exchange(polling, false) || res == -EINTR) return submit();
    polling = res == -EAGAIN;
    if (polling) return ring.poll(*this, fd->get(), POLLOUT);
    if (res < 0) return fail(-res);
    advance(static_cast<std::size_t>(res));
    if (!queue.empty()) return submit();
    const auto handlers = owner->handlers_;
    if (handlers->on_drained) handlers->on_drained();
  }

  void fail(int error) {
    failed = true;
    queue.clear();
    offset = queued = 0;
    const auto handlers = owner->handlers_;
    if (handlers->on_write_error) handlers->on_write_error(error);
  }
};

Stream::Stream(Ring& ring, Fd fd, Handlers handlers)
    : ring_(ring), handlers_(std::make_shared<const Handlers>(std::move(handlers))) {
  auto shared = std::make_shared<Fd>(std::move(fd));
  reader_ = std::make_unique<Reader>(ring, shared, this);
  writer_ = std::make_unique<Writer>(ring, shared, this);
}

Stream::~Stream() {
  reader_->owner = nullptr;
  writer_->owner = nullptr;
  ring_.retire(std::move(reader_));
  ring_.retire(std::move(writer_));
}

void Stream::resume() {
  reader_->paused = false;
  if (reader_->ended || reader_->in_flight()) return;
  if (reader_->has_result) {
    ring_.nop(*reader_);  // not from here: a handler that pauses and resumes must not recurse
  } else {
    reader_->submit();
  }
}

void Stream::pause() { reader_->paused = true; }

// Hands one completed read to its handler, which may destroy this stream.
void Stream::deliver() {
  Reader& reader = *reader_;        // retired, not freed, if the handler destroys us,
  const auto handlers = handlers_;  // and the handler itself must outlive its own call
  reader.has_result = false;
  if (reader.result > 0) {
    handlers->on_bytes({reader.buffer.data(), static_cast<std::size_t>(reader.result)});
    if (reader.owner && !reader.paused && !reader.in_flight()) reader.submit();
  } else {
    reader.ended = true;
    handlers->on_end(-reader.result);
  }
}

void Stream::write(std::string bytes) {
  if (writer_->failed || bytes.empty()) return;
  writer_->queued += bytes.size();
  writer_->queue.push_back(std::move(bytes));
  if (!writer_->in_flight()) writer_->submit();
}

std::size_t Stream::queued() const { return writer_->queued; }

}  // namespace mayfly
