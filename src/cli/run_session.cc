// SPDX-License-Identifier: Apache-2.0
#include "run_session.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace mayfly {
namespace {

// Output that waits for our reader; above it the program has to wait.
constexpr std::size_t kMaxQueuedOutput = 1 << 20;

Fd duplicate(int fd) { return Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 3)); }

}  // namespace

RunSession::RunSession(Ring& ring, const TaskEnvironment& environment, const Log& log, TaskSpec spec)
    : ring_(ring),
      runner_(ring, environment, log, std::move(spec),
              {.on_done =
                   [this](TaskResult result) {
                     result_ = std::move(result);
                     finish_when_written();
                   },
               .on_output = [this](bool is_stderr, std::string_view bytes) { write(is_stderr, bytes); },
               .on_stdin_wanted = [this] { read_stdin(); }}),
      signals_(ring,
               [this](int signal) {
                 interrupted_by_ = signal;
                 runner_.cancel();
               }),
      stdout_(open_output(STDOUT_FILENO)),
      stderr_(open_output(STDERR_FILENO)) {}

Result<TaskResult> RunSession::run() {
  runner_.start();
  if (auto ran = ring_.run(); !ran) return std::move(ran).error();
  return *std::move(result_);
}

std::unique_ptr<Stream> RunSession::open_output(int fd) {
  return std::make_unique<Stream>(
      ring_, duplicate(fd),
      Stream::Handlers{.on_drained = [this] { output_drained(); },
                       .on_write_error = [this](int) { output_failed(); }});
}

void RunSession::write(bool is_stderr, std::string_view bytes) {
  (is_stderr ? stderr_ : stdout_)->write(std::string(bytes));
  if (stdout_->queued() + stderr_->queued() > kMaxQueuedOutput) runner_.pause_output();
}

void RunSession::output_drained() {
  if (!result_) runner_.resume_output();
  finish_when_written();
}

// Nobody reads what the program says, so it need not say it.
void RunSession::output_failed() {
  if (!result_) {
    interrupted_by_ = SIGPIPE;
    runner_.cancel();
    runner_.resume_output();
  }
  finish_when_written();
}

void RunSession::read_stdin() {
  if (!stdin_) {
    stdin_ = std::make_unique<Stream>(
        ring_, duplicate(STDIN_FILENO),
        Stream::Handlers{.on_bytes =
                             [this](std::string_view bytes) {
                               stdin_->pause();
                               runner_.feed_stdin(bytes);
                             },
                         .on_end = [this](int) { runner_.end_stdin(); }});
  }
  stdin_->resume();
}

void RunSession::finish_when_written() {
  if (result_ && stdout_->queued() == 0 && stderr_->queued() == 0) ring_.stop();
}

}  // namespace mayfly
