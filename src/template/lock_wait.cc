// SPDX-License-Identifier: Apache-2.0
#include "template/lock_wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>

namespace mayfly {

struct LockWait::Shared {
  Fd file;
  Fd event;
  bool given_up = false;  // only the loop's thread uses it
};

LockWait::LockWait(Ring& ring, Fd file, std::function<void(Result<Fd>)> on_locked)
    : shared_(std::make_shared<Shared>()), on_locked_(std::move(on_locked)) {
  shared_->file = std::move(file);
  if (::flock(shared_->file.get(), LOCK_EX | LOCK_NB) == 0) {
    ring.defer([this, shared = shared_] {
      if (!shared->given_up) locked();
    });
  } else if (auto waiting = wait_in_thread(ring); !waiting) {
    ring.defer([this, shared = shared_, error = waiting.error()] {
      if (shared->given_up) return;
      const auto answer = std::move(on_locked_);
      answer(error);  // this may destroy us
    });
  }
}

LockWait::~LockWait() { shared_->given_up = true; }

Result<void> LockWait::wait_in_thread(Ring& ring) {
  shared_->event.reset(::eventfd(0, EFD_CLOEXEC));
  if (!shared_->event) return Error::system("eventfd", errno);
  watch_ = std::make_unique<Watch>(ring, shared_->event.get(), POLLIN, [this] { locked(); });
  const auto wait = [shared = shared_] {
    while (::flock(shared->file.get(), LOCK_EX) < 0 && errno == EINTR) {
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(shared->event.get(), &one, sizeof one);
  };
  try {
    std::thread(wait).detach();
  } catch (const std::system_error& error) {  // no more threads for this user
    watch_.reset();
    return Error::system("start a thread", error.code().value());
  }
  return {};
}

void LockWait::locked() {
  const auto on_locked = std::move(on_locked_);
  on_locked(std::move(shared_->file));  // this may destroy us
}

}  // namespace mayfly
