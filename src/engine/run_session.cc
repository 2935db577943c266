// SPDX-License-Identifier: Apache-2.0
#include "engine/run_session.h"

#include <utility>

namespace mayfly {
namespace {

// Output that waits for its reader; above it the program has to wait.
constexpr std::size_t kMaxQueuedOutput = 1 << 20;

}  // namespace

RunSession::RunSession(Host& host, const TaskEnvironment& environment, TaskSpec spec, RunStreams streams)
    : host_(host),
      pool_(host.make_pool(0)),
      runner_(host.ring(), *pool_, environment, host.log(), std::move(spec),
              {.on_done =
                   [this](TaskResult result) {
                     result_ = std::move(result);
                     finish_when_written();
                   },
               .on_output = [this](bool is_stderr, std::string_view bytes) { write(is_stderr, bytes); },
               .on_stdin_wanted = [this] { in_->resume(); }}),
      in_(open_input(std::move(streams.in))),
      out_(open_output(std::move(streams.out))),
      err_(open_output(std::move(streams.err))) {}

Result<TaskResult> RunSession::run() {
  const auto signals = Signals::open(host_.ring(), [this](int signal) { interrupt(signal); });
  if (!signals) return signals.error();
  runner_.start();
  if (auto ran = host_.ring().run(); !ran) return std::move(ran).error();
  return *std::move(result_);
}

void RunSession::interrupt(int signal) {
  interrupted_by_ = signal;
  runner_.cancel("interrupted");
}

std::unique_ptr<Stream> RunSession::open_input(Fd fd) {
  return std::make_unique<Stream>(
      host_.ring(), std::move(fd),
      Stream::Handlers{.on_bytes =
                           [this](std::string_view bytes) {
                             in_->pause();
                             runner_.feed_stdin(bytes);
                           },
                       .on_end = [this](int) { runner_.end_stdin(); }});
}

std::unique_ptr<Stream> RunSession::open_output(Fd fd) {
  return std::make_unique<Stream>(
      host_.ring(), std::move(fd),
      Stream::Handlers{.on_drained = [this] { output_drained(); },
                       .on_write_error = [this](int error) { output_failed(error); }});
}

void RunSession::write(bool is_stderr, std::string_view bytes) {
  (is_stderr ? err_ : out_)->write(std::string(bytes));
  if (out_->queued() + err_->queued() > kMaxQueuedOutput) runner_.pause_output();
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
  if (!result_ || out_->queued() != 0 || err_->queued() != 0 || std::exchange(finished_, true)) return;
  host_.count(*result_);
  host_.wind_up(*pool_);
}

Result<TaskResult> run_task(Host& host, const TaskEnvironment& environment, TaskSpec spec) {
  std::optional<TaskResult> result;
  const auto pool = host.make_pool(0);
  TaskRunner runner(host.ring(), *pool, environment, host.log(), std::move(spec), {.on_done = [&](TaskResult ended) {
                      result = std::move(ended);
                      host.wind_up(*pool);
                    }});
  runner.start();
  if (auto ran = host.ring().run(); !ran) return std::move(ran).error();
  return *std::move(result);
}

}  // namespace mayfly
