// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "batch/journal.h"
#include "batch/progress.h"
#include "batch/result_writer.h"
#include "batch/results_directory.h"
#include "batch/batch_state.h"
#include "batch/summary.h"
#include "batch/task_key.h"
#include "batch/task_source.h"
#include "ring/durable_file.h"
#include "ring/ring.h"
#include "ring/watch.h"
#include "runner/task_runner.h"

namespace mayfly {

struct BatchOptions {
  int jobs = 2;     // machines at the same time
  int retries = 1;  // further attempts after a retryable infrastructure failure
  bool keep_order = false;
  std::size_t max_line = kDefaultMaxTaskLine;
  std::int64_t max_held =
      std::numeric_limits<std::int64_t>::max();  // bytes of tasks that run, and of what they may leave behind
  Shard shard;
  HaltRule halt;
  std::vector<Verdict> fail_on;
  std::optional<ResultsDirectory> results;  // where outputs and artifacts go, if not into the lines
  SpecDefaults defaults;
  // What beside their lines shapes the results of tasks in an environment; for a journal.
  std::function<TaskConditions(const TaskEnvironment&)> conditions = {};
  // How a result is written, and what is written when its task has been admitted, if anything; lines with newlines.
  std::function<std::string(const TaskResult&)> result_line = [](const TaskResult& result) { return to_json_line(result); };
  std::function<std::string(const TaskSpec&)> admission_line = {};
  std::function<void(const TaskResult&)> on_result = {};  // told of each, but not of those from the journal
};

// Where machines for an image come from; an error where there is no such image.
using FindEnvironment = std::function<Result<const TaskEnvironment*>(const std::string& image)>;

// Runs every task of an NDJSON stream, `jobs` at a time, and writes one result line each.
// Every line that is read gets exactly one result, unless the batch is stopped early.
// Memory is bounded: a reader that is slow to take results slows admission down, and so does a journal's slow disk.
// With a journal a result is written when its record is on the disk.
// A task waits while those that run may come to hold so much that there is no room for it (max_held); one always runs.
class Batch {
 public:
  // `pool`, what `find_environment` returns, and `journal` (loaded; may be null) must outlive the batch.
  // `on_finished` is called once, when all results are written; it must not destroy the batch.
  Batch(Ring& ring, Pool& pool, FindEnvironment find_environment, const Log& log, BatchOptions options,
        Journal* journal, Fd input, Fd output, std::function<void()> on_finished);
  ~Batch();

  void start() { pump(); }

  // SIGINT or SIGTERM: the first stops admission, the second cancels what runs.
  void interrupt(int signal);

  const Summary& summary() const { return summary_; }
  int input_error() const { return source_.read_error(); }  // errno, or 0
  int output_error() const { return output_error_; }        // EPIPE: nobody reads any more

 private:
  // One admitted task, through all its attempts.
  struct Running {
    std::int64_t ticket;
    std::string key;  // in the journal; empty without one
    Nanoseconds admitted;
    const TaskEnvironment* environment;
    int attempts = 0;
    std::unique_ptr<TaskRunner> runner = nullptr;
    std::int64_t held_bytes = 0;  // at most, with what it may leave behind
    bool holds_place = false;  // of the `jobs`; not while its machine is being destroyed
  };
  using RunningList = std::map<std::int64_t, Running>;

  void handle(BatchEvent event);
  void pump();
  bool may_admit() const;
  std::optional<TaskSource::Item> next_item();
  bool has_room_for(const TaskSource::Item& item) const;
  void admit(TaskSource::Item item);
  void admit_task(TaskSpec spec);
  void attempt(Running& running, TaskSpec spec);
  void give_up_place(Running& running);
  void attempt_ended(std::int64_t ticket, TaskResult result);
  bool wants_retry(const Running& running, const TaskResult& result) const;
  void record(std::int64_t ticket, const std::string& key, TaskResult result);
  void recorded(const std::string& key, std::size_t line_bytes, int error);
  void conclude(std::int64_t ticket, TaskResult result);
  template <typename Record>
  void store(Record& record, const std::string& id);
  static std::string encoded(TaskResult& result, const std::function<std::string(const TaskResult&)>& to_line);
  void emit(std::int64_t ticket, TaskResult result);
  void count(Verdict verdict, Fault fault);
  bool replay(std::int64_t ticket, const TaskSpec& spec, const std::string& recorded);
  void cancel_running();
  void output_failed(int error);
  void finish_when_written();

  Ring& ring_;
  Pool& pool_;
  FindEnvironment find_environment_;
  Log log_;
  BatchOptions options_;
  Journal* journal_;
  std::optional<DurableFile> journal_file_;
  std::function<void()> on_finished_;
  BatchState state_ = BatchState::admitting;
  Summary summary_;
  Progress progress_;
  Watch reader_gone_;
  ResultWriter writer_;
  TaskSource source_;
  RunningList running_;
  std::optional<TaskSource::Item> waiting_;  // for room
  std::int64_t held_bytes_ = 0;              // of those that run
  int places_taken_ = 0;
  int unrecorded_ = 0;  // tasks that have ended, and whose record is on its way to the disk
  bool pumping_ = false;
  bool told_ = false;
  int output_error_ = 0;
};

}  // namespace mayfly
