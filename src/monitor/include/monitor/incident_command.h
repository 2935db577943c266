// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "monitor/incident_record.h"
#include "ring/ring.h"

namespace mayfly {

constexpr std::size_t kMaxIncidentCommands = 4;           // that run at a time
constexpr std::size_t kMaxWaitingIncidents = 256;         // for their turn
constexpr Nanoseconds kIncidentCommandTime = 30 * kSecond;  // then it is killed, with its process group

// Runs the user's command for incidents: by /bin/sh, with our environment and that of to_environment(), the record
// (to_json_line) on its stdin, and our stderr as its stdout and stderr. Nothing here blocks. The destructor
// kills what runs and forgets what waits: whoever ends mayfly waits for idle() first.
class IncidentCommand {
 public:
  struct Handlers {
    // A command could not be started, failed or took too long.
    std::function<void(const Error&)> on_failure = {};
    // The last one has ended.
    std::function<void()> on_idle = {};
  };

  // Handlers must not destroy this object. The ring must outlive it.
  IncidentCommand(Ring& ring, std::string command, Handlers handlers);
  ~IncidentCommand();
  IncidentCommand(const IncidentCommand&) = delete;
  IncidentCommand& operator=(const IncidentCommand&) = delete;

  // Starts the command, or lets it wait for its turn. An error: too many wait already, or it cannot be started.
  Result<void> run(const IncidentRecord& record);

  bool idle() const { return running_.empty(); }
  void set_time_limit(Nanoseconds limit) { time_limit_ = limit; }  // instead of kIncidentCommandTime

 private:
  class Run;
  Result<void> start(const IncidentRecord& record);
  void ended(Run* run);
  void start_waiting();

  Ring& ring_;
  std::string command_;
  Handlers handlers_;
  Nanoseconds time_limit_ = kIncidentCommandTime;
  std::vector<std::unique_ptr<Run>> running_;
  std::deque<IncidentRecord> waiting_;
};

}  // namespace mayfly
