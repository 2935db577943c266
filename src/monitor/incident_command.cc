// SPDX-License-Identifier: Apache-2.0
#include "monitor/incident_command.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string_view>

#include "ring/watch.h"
#include "sys/memory_file.h"
#include "sys/process.h"

namespace mayfly {
namespace {

constexpr std::string_view kPrefix = "MAYFLY_INCIDENT_";

// A child that reads `fd` as its stdin.
class StdinFrom : public ChildSetup {
 public:
  explicit StdinFrom(int fd) : fd_(fd) {}
  const char* enter(pid_t) const override { return ::dup2(fd_, STDIN_FILENO) < 0 ? "stdin" : nullptr; }
  const char* lock() const override { return nullptr; }

 private:
  int fd_;
};

std::vector<std::string> environment_with(const IncidentRecord& record) {
  std::vector<std::string> out = to_environment(record);
  for (char** entry = environ; *entry; ++entry) {
    if (!std::string_view(*entry).starts_with(kPrefix)) out.emplace_back(*entry);
  }
  return out;
}

Result<Fd> file_with(const std::string& content) {
  auto file = sealed_memory_file("mayfly-incident", content);
  if (file && ::lseek(file->get(), 0, SEEK_SET) < 0) return Error::system("lseek", errno);
  return file;
}

Result<Process> spawn(const std::string& command, const IncidentRecord& record) {
  const auto input = file_with(to_json_line(record));
  if (!input) return input.error();
  const StdinFrom setup(input->get());
  ProcessSpec spec{.path = "/bin/sh", .argv = {"sh", "-c", command}, .env = environment_with(record), .inherit = {}};
  spec.stdout_fd = STDERR_FILENO;  // our stdout is for results
  spec.setup = &setup;
  return Process::spawn(spec);
}

}  // namespace

class IncidentCommand::Run {
 public:
  Run(IncidentCommand& owner, Process process)
      : process_(std::move(process)),
        ended_(owner.ring_, process_.pidfd(), POLLIN, [this, &owner] { owner.ended(this); }),
        too_long_(owner.ring_, [this] {
          killed_ = true;
          kill();
        }) {
    too_long_.start(owner.time_limit_);
  }
  ~Run() {
    if (!reaped_) kill();
  }

  // What went wrong, once it has ended.
  std::optional<Error> outcome() {
    const auto end = process_.reap();
    reaped_ = true;
    if (!end) return end.error();
    if (killed_) return Error("incident command: killed, as it took too long");
    if (end->signalled) return Error("incident command: ended by signal " + std::to_string(end->status));
    if (end->status != 0) return Error("incident command: ended with status " + std::to_string(end->status));
    return std::nullopt;
  }

 private:
  // It leads a process group of its own, whose number is not used again before it is reaped.
  void kill() const { ::kill(-process_.pid(), SIGKILL); }

  Process process_;
  Watch ended_;
  Timer too_long_;
  bool killed_ = false;
  bool reaped_ = false;
};

IncidentCommand::IncidentCommand(Ring& ring, std::string command, Handlers handlers)
    : ring_(ring), command_(std::move(command)), handlers_(std::move(handlers)) {}

IncidentCommand::~IncidentCommand() = default;

Result<void> IncidentCommand::run(const IncidentRecord& record) {
  if (running_.size() < kMaxIncidentCommands) return start(record);
  if (waiting_.size() == kMaxWaitingIncidents) return Error("incident command: too many incidents wait for it");
  waiting_.push_back(record);
  return {};
}

Result<void> IncidentCommand::start(const IncidentRecord& record) {
  auto process = spawn(command_, record);
  if (!process) return std::move(process).error().context("incident command");
  running_.push_back(std::make_unique<Run>(*this, *std::move(process)));
  return {};
}

void IncidentCommand::ended(Run* run) {
  const auto position = std::find_if(running_.begin(), running_.end(), [&](const auto& r) { return r.get() == run; });
  const std::unique_ptr<Run> done = std::move(*position);
  running_.erase(position);
  const auto failure = done->outcome();
  start_waiting();
  if (failure && handlers_.on_failure) handlers_.on_failure(*failure);
  if (idle() && handlers_.on_idle) handlers_.on_idle();
}

void IncidentCommand::start_waiting() {
  while (!waiting_.empty() && running_.size() < kMaxIncidentCommands) {
    const IncidentRecord record = std::move(waiting_.front());
    waiting_.pop_front();
    const auto started = start(record);
    if (!started && handlers_.on_failure) handlers_.on_failure(started.error());
  }
}

}  // namespace mayfly
