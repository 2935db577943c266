// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "guest/cell.h"
#include "guest/channel.h"
#include "guest/input_pipe.h"
#include "guest/loop.h"
#include "guest/output_pipe.h"
#include "guest/scratch.h"
#include "guest/spawn.h"
#include "guest/task_cgroup.h"
#include "protocol/message.h"

namespace mayfly::guest {

// Where a program starts: a sandboxed one in its own directory, unless it was told otherwise.
const std::string& start_directory(const ExecRequest& request);

// Makes what each program needs one of before anybody waits for it: its cgroup, and its place in the sandbox.
class Places {
 public:
  // Should it fail, whoever needs one tries again, and tells.
  void prepare();
  Result<TaskCgroup> take_cgroup();
  Result<Cell> take_cell() { return cells_.take(); }
  Result<Scratch> take_scratch() { return Scratch::create(++scratches_); }
  int owners() const { return cells_.owners(); }

  // The host put something into the machine's /tmp.
  void note_tmp() { tmp_given_ = true; }
  bool tmp_given() const { return tmp_given_; }

 private:
  std::uint64_t count_ = 0;  // names the cgroups
  std::uint64_t scratches_ = 0;
  bool tmp_given_ = false;
  std::optional<TaskCgroup> next_cgroup_;
  Cells cells_;
};

// One program's process tree and what is its own: its cgroup, its place in the sandbox, its pipes. Used for one
// after the other, as watchers live as long as the loop.
class ProgramTree {
 public:
  // `on_output_limit` is told when an output has one byte more than it may have.
  ProgramTree(Loop& loop, Channel& channel, Watcher& on_output_limit);

  // Starts what `request` asks for, found as `path` below `cwd`. Replies carry `id`. An Error and a Spawned without a pid
  // say why there is none; close() all the same.
  Result<Spawned> start(std::optional<std::int64_t> id, const ExecRequest& request, const std::string& path, int cwd, Places& places);

  // Of one that stopped itself before its request came: whether this is that request.
  bool is_for(const ExecRequest& request) const;
  // It goes on as the program of this request: under its limits, and as if it had used nothing so far.
  Result<void> go_on(std::optional<std::int64_t> id, const ExecRequest& request);

  // 0: there is none, or it has been reaped.
  pid_t pid() const { return pid_; }
  void reaped() { pid_ = 0; }
  Nanoseconds started() const { return started_; }
  bool is_dead() const { return pid_ == 0 && !cgroup_.is_populated(); }

  const TaskCgroup& cgroup() const { return cgroup_; }
  // Of the whole tree, since it was started or went on. wall_ms is not known here.
  GuestUsage usage() const;
  // What it had used before that, of processor time.
  std::int64_t earlier_cpu_ms() const { return earlier_.cpu_ms; }

  OutputPipe& output() { return output_; }
  OutputPipe& error() { return error_; }
  InputPipe& input() { return input_; }

  // Its place in the sandbox, if it had one; for what the program left there.
  std::optional<Cell> take_cell();

  // Gives back all that it had; nothing may run of it.
  void close();

 private:
  Result<void> take_places(const ExecRequest& request, Places& places);
  Result<void> limit_tree(const ExecRequest& request) const;
  Result<Spawned> open_pipes_and_spawn(std::optional<std::int64_t> id, const ExecRequest& request, SpawnPlan& plan);

  Watcher& on_output_limit_;
  OutputPipe output_;
  OutputPipe error_;
  InputPipe input_;
  pid_t pid_ = 0;
  Nanoseconds started_ = 0;
  TaskCgroup cgroup_;
  std::optional<Cell> cell_;
  std::optional<Scratch> scratch_;
  GuestUsage earlier_;
  ExecRequest request_;  // that it was started for, if that was before its own came
};

}  // namespace mayfly::guest
