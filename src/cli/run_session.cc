// SPDX-License-Identifier: Apache-2.0
#include "run_session.h"

#include <unistd.h>

#include "sys/files.h"

namespace mayfly {
namespace {

// Output that waits for our reader; above it the program has to wait.
constexpr std::size_t kMaxQueuedOutput = 1 << 20;

}  // namespace

RunSession::RunSession(Ring& ring, Pool& pool, const TaskEnvironment& environment, const Log& log, TaskSpec spec,
                       std::function<void(const TaskResult&)> on_finished)
    : ring_(ring),
      on_finished_(std::move(on_finished)),
      runner_(ring, pool, environment, log, std::move(spec),
              {.on_done =
                   [this](TaskResult result) {
                     result_ = std::move(result);
                     finish_when_written();
                   },
               .on_output = [this](bool is_stderr, std::string_view bytes) { write(is_stderr, bytes); },
               .on_stdin_wanted = [this] { stdin_->resume(); }}) {}

Result<void> RunSession::open_streams() {
  auto in = duplicate(STDIN_FILENO);
  auto out = duplicate(STDOUT_FILENO);
  auto err = duplicate(STDERR_FILENO);
  for (const auto* fd : {&in, &out, &err}) {
    if (!*fd) return fd->error();
  }
  auto signals = Signals::open(ring_, [this](int signal) {
    interrupted_by_ = signal;
    runner_.cancel("interrupted");
  });
  if (!signals) return std::move(signals).error();
  signals_ = *std::move(signals);
  stdin_ = open_input(*std::move(in));
  stdout_ = open_output(*std::move(out));
  stderr_ = open_output(*std::move(err));
  return {};
}

Result<TaskResult> RunSession::run() {
  if (auto opened = open_streams(); !opened) return std::move(opened).error();
  runner_.start();
  if (auto ran = ring_.run(); !ran) return std::move(ran).error();
  return *std::move(result_);
}

std::unique_ptr<Stream> RunSession::open_input(Fd fd) {
  return std::make_unique<Stream>(
      ring_, std::move(fd),
      Stream::Handlers{.on_bytes =
                           [this](std::string_view bytes) {
                             stdin_->pause();
                             runner_.feed_stdin(bytes);
                           },
                       .on_end = [this](int) { runner_.end_stdin(); }});
}

std::unique_ptr<Stream> RunSession::open_output(Fd fd) {
  return std::make_unique<Stream>(
      ring_, std::move(fd),
      Stream::Handlers{.on_drained = [this] { output_drained(); },
                       .on_write_error = [this](int error) { output_failed(error); }});
}

void RunSession::write(bool is_stderr, std::string_view bytes) {
  (is_stderr ? stderr_ : stdout_)->write(std::string(bytes));
  if (stdout_->queued() + stderr_->queued() > kMaxQueuedOutput) runner_.pause_output();
}

void RunSession::output_drained() {
  if (!result_) runner_.resume_output();
  finish_when_written();
}

// Nobody takes what the program says, so it need not say it.
void RunSession::output_failed(int error) {
  if (output_error_ == 0) output_error_ = error;
  if (!result_) {
    runner_.cancel("its output cannot be written");
    runner_.resume_output();
  }
  finish_when_written();
}

void RunSession::finish_when_written() {
  if (!result_ || stdout_->queued() != 0 || stderr_->queued() != 0 || std::exchange(finished_, true)) return;
  on_finished_(*result_);
}

}  // namespace mayfly
