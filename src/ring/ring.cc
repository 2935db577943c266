// SPDX-License-Identifier: Apache-2.0
#include "ring/ring.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

namespace mayfly {
namespace {

constexpr unsigned kEntries = 256;
constexpr std::size_t kBatch = 64;

// Timers wait for the completions at hand, and for what those bring about, but for no more turns than this.
constexpr int kMostBusyTurns = 16;

// While timers run the loop looks up so often, to notice when it has been away.
constexpr Nanoseconds kLongestSleep = kSecond;

// Who comes so much later than expected was not merely waiting for a processor.
constexpr Nanoseconds kPunctual = 250 * kMillisecond;

// DEFER_TASKRUN (Linux 6.1) runs completions only when we ask for them: fewer interruptions.
constexpr unsigned kPreferredFlags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

Error setup_error(int code) {
  Error error = Error::system("io_uring_setup", code);
  if (code == EPERM) return std::move(error).hint("allow io_uring: sysctl kernel.io_uring_disabled=0, and in a container a seccomp profile that permits it");
  if (code == ENOSYS) return std::move(error).hint("mayfly needs Linux 5.15 or newer, built with CONFIG_IO_URING");
  return error;
}

}  // namespace

Op::~Op() { assert(!in_flight_); }

Result<std::unique_ptr<Ring>> Ring::open() {
  std::unique_ptr<Ring> ring(new Ring);
  int status = ::io_uring_queue_init(kEntries, &ring->ring_, kPreferredFlags);
  ring->defers_taskrun_ = status == 0;
  if (status == -EINVAL) status = ::io_uring_queue_init(kEntries, &ring->ring_, 0);
  if (status < 0) return setup_error(-status);
  ring->open_ = true;
  return ring;
}

Ring::~Ring() {
  if (!open_) return;
  drain();
  ::io_uring_queue_exit(&ring_);
}

// Where the queue is full it is handed to the kernel, which takes nothing (EBUSY) as long as it has completions that nobody
// has fetched.
io_uring_sqe* Ring::take_sqe() {
  io_uring_sqe* sqe = ::io_uring_get_sqe(&ring_);
  while (!sqe) {
    if (::io_uring_submit(&ring_) < 0) fetch();
    sqe = ::io_uring_get_sqe(&ring_);
  }
  return sqe;
}

void Ring::launch(Op& op, io_uring_sqe* sqe) {
  assert(!op.in_flight_);
  op.in_flight_ = true;
  ++in_flight_;
  ::io_uring_sqe_set_data(sqe, &op);
}

void Ring::read(Op& op, int fd, void* buffer, std::size_t size) {
  io_uring_sqe* sqe = take_sqe();
  ::io_uring_prep_read(sqe, fd, buffer, static_cast<unsigned>(size), static_cast<__u64>(-1));
  launch(op, sqe);
}

void Ring::write(Op& op, int fd, const void* bytes, std::size_t size) {
  io_uring_sqe* sqe = take_sqe();
  ::io_uring_prep_write(sqe, fd, bytes, static_cast<unsigned>(size), static_cast<__u64>(-1));
  launch(op, sqe);
}

void Ring::sync(Op& op, int fd) {
  io_uring_sqe* sqe = take_sqe();
  ::io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC);
  launch(op, sqe);
}

void Ring::poll(Op& op, int fd, unsigned events) {
  io_uring_sqe* sqe = take_sqe();
  ::io_uring_prep_poll_add(sqe, fd, events);
  launch(op, sqe);
}

void Ring::nop(Op& op) {
  io_uring_sqe* sqe = take_sqe();
  ::io_uring_prep_nop(sqe);
  launch(op, sqe);
}

void Ring::cancel(Op& op) {
  if (!op.in_flight_) return;
  io_uring_sqe* sqe = take_sqe();
  ::io_uring_prep_cancel(sqe, &op, 0);
  ::io_uring_sqe_set_data(sqe, nullptr);  // its own completion tells nothing
}

void Ring::retire(std::unique_ptr<Op> op) {
  if (!op) return;
  cancel(*op);
  retired_.push_back(std::move(op));
}

void Ring::defer(std::function<void()> task) { deferred_.push_back(std::move(task)); }

Result<void> Ring::run() {
  present_ = monotonic_now();
  while (!stopped_) {
    run_deferred();
    bury();
    if (stopped_) break;
    if (auto waited = wait(); !waited) return waited;
    if (dispatch() == 0 || ++busy_turns_ > kMostBusyTurns) fire_timers();
  }
  stopped_ = false;
  return {};
}

// Submits what is prepared and sleeps until a completion, the next timer, or a deferred task.
Result<void> Ring::wait() {
  note_presence(0);
  io_uring_cqe* cqe = nullptr;
  __kernel_timespec timeout{};
  __kernel_timespec* limit = nullptr;
  Nanoseconds delay = 0;
  const bool at_once = !deferred_.empty() || !fetched_.empty();
  if (!timers_.empty() || at_once) {
    const Nanoseconds next = !at_once ? timers_.begin()->first + absent_ - present_ : 0;
    delay = std::clamp<Nanoseconds>(next, 0, kLongestSleep);
    timeout.tv_sec = delay / kSecond;
    timeout.tv_nsec = delay % kSecond;
    limit = &timeout;
  }
  const int status = ::io_uring_submit_and_wait_timeout(&ring_, &cqe, 1, limit, nullptr);
  if (!limit) present_ = monotonic_now();  // nobody was waited for, so nobody was kept waiting
  note_presence(delay);
  if (status < 0 && status != -ETIME && status != -EINTR && status != -EAGAIN && status != -EBUSY) {
    return Error::system("io_uring_enter", -status);
  }
  return {};
}

// The loop should have been away for `expected` at most. If it was for longer, timers go on from where they were when
// it went: nobody knows at which moment it would have been needed.
void Ring::note_presence(Nanoseconds expected) {
  const Nanoseconds now = monotonic_now();
  if (now - present_ > expected + kPunctual) absent_ += now - present_;
  present_ = now;
}

// Takes what completions there are out of the kernel's queue.
void Ring::fetch() {
  std::array<io_uring_cqe*, kBatch> cqes;
  while (const unsigned count = ::io_uring_peek_batch_cqe(&ring_, cqes.data(), kBatch)) {
    for (unsigned i = 0; i < count; ++i) {
      fetched_.push_back({static_cast<Op*>(::io_uring_cqe_get_data(cqes[i])), cqes[i]->res, cqes[i]->flags});
    }
    ::io_uring_cq_advance(&ring_, count);
  }
}

// Returns how many completions there were. A handler may cause more.
std::size_t Ring::dispatch() {
  fetch();
  const std::vector<Completion> batch = std::exchange(fetched_, {});
  for (const Completion& one : batch) {
    if (!one.op) continue;
    one.op->in_flight_ = false;
    --in_flight_;
    one.op->complete(one.result, one.flags);
  }
  return batch.size();
}

void Ring::fire_timers() {
  busy_turns_ = 0;
  const Nanoseconds due = now();
  while (!timers_.empty() && timers_.begin()->first <= due) {
    Timer* timer = timers_.begin()->second;
    timer->stop();
    const auto on_expiry = timer->on_expiry_;  // the call may destroy the timer
    on_expiry();
  }
}

void Ring::run_deferred() {
  std::vector<std::function<void()>> tasks;
  tasks.swap(deferred_);
  for (auto& task : tasks) task();
}

void Ring::bury() {
  std::erase_if(retired_, [](const std::unique_ptr<Op>& op) { return !op->in_flight(); });
}

// What is still in flight belongs to retired operations; wait for the kernel to let go.
void Ring::drain() {
  deferred_.clear();
  while (in_flight_ > 0) {
    io_uring_cqe* cqe = nullptr;
    const int status = fetched_.empty() ? ::io_uring_submit_and_wait_timeout(&ring_, &cqe, 1, nullptr, nullptr) : 0;
    if (status < 0 && status != -EINTR) break;
    dispatch();
  }
  bury();
}

Timer::Timer(Ring& ring, std::function<void()> on_expiry)
    : ring_(ring), on_expiry_(std::move(on_expiry)) {}

void Timer::start(Nanoseconds delay) {
  stop();
  position_ = ring_.timers_.emplace(ring_.now() + delay, this);
  running_ = true;
}

Nanoseconds Timer::remaining() const {
  return std::max<Nanoseconds>(position_->first - ring_.now(), 0);
}

void Timer::stop() {
  if (running_) ring_.timers_.erase(position_);
  running_ = false;
  left_.reset();
}

void Timer::pause() {
  if (!running_) return;
  const Nanoseconds left = remaining();
  stop();
  left_ = left;
}

void Timer::resume() {
  if (left_) start(*left_);
}

}  // namespace mayfly
