// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace mayfly {

class Timer;

// One operation in the kernel's hands. Embedded in, or owned by, whoever waits for it; its
// address is the user_data of the submission, so it must stay where it is until complete()
// has been called. An owner that goes away earlier hands it to Ring::retire().
class Op {
 public:
  Op() = default;
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
  virtual ~Op();  // asserts that nothing is in flight

  // `result` is what the system call would have returned, or -errno.
  virtual void complete(int result, std::uint32_t flags) = 0;

  bool in_flight() const { return in_flight_; }

 private:
  friend class Ring;
  bool in_flight_ = false;
};

// The one io_uring of the process and its timers (io_uring(7)). Single-threaded: every call
// comes from the thread that opened it. Completions are copied out first and dispatched
// afterwards, so a handler may submit, cancel and retire freely. It does not know what the
// operations are for; Stream and Watch below are what most callers want.
class Ring {
 public:
  static Result<std::unique_ptr<Ring>> open();
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Each puts `op` in flight; it must not be so already. Buffers must outlive the operation.
  // Reads and writes use the file position where there is one.
  void read(Op& op, int fd, void* buffer, std::size_t size);
  void write(Op& op, int fd, const void* bytes, std::size_t size);
  // Brings a file's content to the disk, and of its attributes what reading it takes (fdatasync(2)).
  void sync(Op& op, int fd);
  // One-shot poll(2); the result is the mask of events.
  void poll(Op& op, int fd, unsigned events);

  // Completes at the next turn of the loop, without doing anything.
  void nop(Op& op);

  // Asks the kernel to end `op` early; complete() is still called, often with -ECANCELED.
  void cancel(Op& op);

  // Takes an operation whose owner goes away: cancels it if it is in flight, and frees it
  // when the kernel has let go, never during the current dispatch.
  void retire(std::unique_ptr<Op> op);

  // Calls `task` once, after the completions at hand: for a step that must not run inside
  // its caller (destroying the object that called, say).
  void defer(std::function<void()> task);

  // Dispatches until stop() is called; one that came before ends it at once. Sleeps in the
  // kernel when there is nothing to do.
  Result<void> run();
  void stop() { stopped_ = true; }

  // The clock of timers: CLOCK_MONOTONIC without the time in which the loop was not there to be told of anything: the
  // process was stopped, frozen or swapped out, or one handler took long. A time-out must not pass meanwhile, as what would
  // have ended it in time could not be heard.
  Nanoseconds now() const { return monotonic_now() - absent_; }
  // How much that is, so far.
  Nanoseconds absent() const { return absent_; }

  // What this ring was able to set up, for `doctor`.
  bool defers_taskrun() const { return defers_taskrun_; }

 private:
  friend class Timer;
  using Timers = std::multimap<Nanoseconds, Timer*>;
  struct Completion {
    Op* op;  // null: nobody wants to know
    int result;
    std::uint32_t flags;
  };

  Ring() = default;
  io_uring_sqe* take_sqe();
  void launch(Op& op, io_uring_sqe* sqe);
  Result<void> wait();
  void note_presence(Nanoseconds expected);
  void fetch();
  std::size_t dispatch();
  void fire_timers();
  void run_deferred();
  void bury();
  void drain();

  io_uring ring_{};
  bool open_ = false;
  bool defers_taskrun_ = false;
  bool stopped_ = false;
  std::vector<Completion> fetched_;  // and not yet told
  std::size_t in_flight_ = 0;
  int busy_turns_ = 0;        // since timers were last looked at
  Nanoseconds present_ = 0;   // when the loop was last seen to be there, by CLOCK_MONOTONIC
  Nanoseconds absent_ = 0;
  Timers timers_;
  std::vector<std::function<void()>> deferred_;
  std::vector<std::unique_ptr<Op>> retired_;
};

// A one-shot timer on the ring's clock. Stopping it is immediate: the callback never runs after stop() or the
// destructor. What has come in by the time that it is due is dispatched first. The ring must outlive it.
class Timer {
 public:
  Timer(Ring& ring, std::function<void()> on_expiry);
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // (Re)starts it, to expire `delay` from now.
  void start(Nanoseconds delay);
  void stop();
  bool running() const { return running_; }
  // Until it expires; at least 0. Only while it runs.
  Nanoseconds remaining() const;
  // If it runs, its clock stands still until resume(). start() and stop() end that, too.
  void pause();
  void resume();

 private:
  friend class Ring;
  Ring& ring_;
  std::function<void()> on_expiry_;
  Ring::Timers::iterator position_;
  bool running_ = false;
  std::optional<Nanoseconds> left_;  // while paused
};

}  // namespace mayfly
