// SPDX-License-Identifier: Apache-2.0
#include "batch/batch.h"

#include <cerrno>
#include <new>

#include "base/json.h"

namespace mayfly {
namespace {

// Bytes of records on their way to the disk above which no new task is admitted.
constexpr std::size_t kMaxUnrecorded = 4 << 20;

bool is_final(const TaskResult& result) {
  return result.ending != Ending::cancelled && describe(result.ending).fault != Fault::infra;
}

// What a task may come to hold in mayfly's memory: itself, and what it prints and leaves behind.
std::int64_t most_held(const TaskSpec& spec) {
  const std::int64_t outputs =
      spec.limits.output_bytes * (spec.sandbox ? 2 : 1);  // in the sandbox each may have so much
  return spec.held_bytes + outputs + (spec.cases.empty() ? 0 : kMaxCaseBytes) +
         (spec.artifacts.empty() ? 0 : kMaxArtifactBytes);
}

// What is left of a result for which there is no memory.
void drop_outputs(TaskResult& result) {
  result.out = {};
  result.err = {};
  result.before = {};
  result.cases = {};
  result.artifacts = {};
  result.truncated = true;
  result.ending = Ending::mayfly_out_of_memory;
  result.exit_code.reset();
  result.signal.reset();
  result.error = TaskError{"teardown", "mayfly has no memory left to write the task's result", ""};
}

}  // namespace

Batch::Batch(Ring& ring, Pool& pool, FindEnvironment find_environment, const Log& log, BatchOptions options,
             Journal* journal, Fd input, Fd output, std::function<void()> on_finished)
    : ring_(ring),
      pool_(pool),
      find_environment_(std::move(find_environment)),
      log_(log),
      options_(std::move(options)),
      journal_(journal),
      on_finished_(std::move(on_finished)),
      summary_(options_.halt, options_.fail_on),
      // A pipe without a reader raises POLLERR, long before the next result is written.
      reader_gone_(ring, output.get(), 0, [this] { output_failed(EPIPE); }),
      writer_(ring, std::move(output), options_.keep_order,
              {.on_room =
                   [this] {
                     pump();
                     finish_when_written();
                   },
               .on_closed = [this](int error) { output_failed(error); }}),
      source_(ring, std::move(input), options_.max_line, options_.defaults, options_.shard,
              [this] { pump(); }) {
  if (journal_) journal_file_.emplace(ring, journal_->file());
}

Batch::~Batch() = default;

void Batch::interrupt(int signal) {
  summary_.interrupted(signal);
  progress_.clear();
  log_.warning(state_ < BatchState::draining
                   ? "interrupted: waiting for the running tasks; interrupt again to cancel them"
                   : "interrupted again: cancelling the running tasks");
  handle(BatchEvent::interrupted);
  pump();
}

void Batch::output_failed(int error) {
  if (output_error_ == 0) output_error_ = error;
  handle(BatchEvent::output_closed);
  pump();
  finish_when_written();  // what was queued is dropped, and will not drain
}

void Batch::handle(BatchEvent event) {
  const BatchStep next = step(state_, event);
  state_ = next.next;
  if (state_ >= BatchState::draining) source_.stop();
  if (next.action == BatchAction::cancel_running) cancel_running();
  if (next.action == BatchAction::finish) {
    writer_.flush_waiting();
    finish_when_written();
  }
}

bool Batch::may_admit() const {
  return state_ == BatchState::admitting && !writer_.full() && places_taken_ < options_.jobs &&
         !(journal_ && journal_file_->queued() > kMaxUnrecorded);
}

// Admits what there is room for, and notices the end. Called whenever either may have changed.
void Batch::pump() {
  if (std::exchange(pumping_, true)) return;
  while (may_admit()) {
    auto item = next_item();
    if (!item) {
      if (source_.exhausted()) handle(BatchEvent::input_ended);
      break;
    }
    if (!has_room_for(*item)) {
      waiting_ = std::move(item);
      break;
    }
    admit(*std::move(item));
  }
  pumping_ = false;
  if (const auto left = source_.most_left()) pool_.expect_at_most(*left + (waiting_ ? 1 : 0));
  if (running_.empty() && unrecorded_ == 0) handle(BatchEvent::idle);
}

std::optional<TaskSource::Item> Batch::next_item() {
  if (waiting_) return std::exchange(waiting_, std::nullopt);
  return source_.next();
}

bool Batch::has_room_for(const TaskSource::Item& item) const {
  const auto* spec = std::get_if<TaskSpec>(&item);
  return !spec || running_.empty() || held_bytes_ + most_held(*spec) <= options_.max_held;
}

void Batch::admit(TaskSource::Item item) {
  if (auto* spec = std::get_if<TaskSpec>(&item)) return admit_task(std::move(*spec));
  emit(writer_.take_ticket(), std::move(std::get<TaskResult>(item)));
}

void Batch::admit_task(TaskSpec spec) {
  const std::int64_t ticket = writer_.take_ticket();
  const auto environment = find_environment_(spec.image);
  if (!environment) {
    TaskResult refused = spec_error_result(spec.line, environment.error().message());
    refused.id = spec.id;
    refused.labels = spec.labels;
    return emit(ticket, std::move(refused));
  }
  std::string key;
  if (journal_) {
    key = task_key(spec, options_.conditions(**environment));
    const auto recorded = journal_->find(key);
    if (recorded && replay(ticket, spec, *recorded)) return;
  }
  if (options_.admission_line) writer_.announce(options_.admission_line(spec));
  Running& running = running_[ticket];
  running = {ticket, std::move(key), monotonic_now(), *environment};
  running.held_bytes = most_held(spec);
  held_bytes_ += running.held_bytes;
  attempt(running, std::move(spec));
}

void Batch::attempt(Running& running, TaskSpec spec) {
  ++running.attempts;
  ++places_taken_;
  running.holds_place = true;
  // Not from inside the runner: it is about to be destroyed, or not yet done with its step.
  const auto on_done = [this, ticket = running.ticket](TaskResult result) {
    ring_.defer([this, ticket, shared = std::make_shared<TaskResult>(std::move(result))] {
      attempt_ended(ticket, std::move(*shared));
    });
  };
  const auto on_outcome = [this, &running] {
    give_up_place(running);
    ring_.defer([this] { pump(); });
  };
  running.runner = std::make_unique<TaskRunner>(
      ring_, pool_, *running.environment, log_, std::move(spec),
      TaskRunner::Handlers{.on_done = on_done, .on_outcome = on_outcome});
  running.runner->start();
}

void Batch::give_up_place(Running& running) {
  if (std::exchange(running.holds_place, false)) --places_taken_;
}

bool Batch::wants_retry(const Running& running, const TaskResult& result) const {
  const EndingRow& row = describe(result.ending);
  return row.retryable && row.fault == Fault::infra && running.attempts <= options_.retries &&
         state_ < BatchState::draining;
}

void Batch::attempt_ended(std::int64_t ticket, TaskResult result) {
  Running& running = running_.at(ticket);
  give_up_place(running);
  if (wants_retry(running, result)) {
    log_.info("task " + result.id + ": " + std::string(describe(result.ending).name) +
              (result.error ? " (" + result.error->message + ")" : "") + "; trying again");
    TaskSpec spec = running.runner->take_spec();
    return attempt(running, std::move(spec));
  }
  result.attempts = running.attempts;
  result.timing.queue = running.admitted ? monotonic_now() - running.admitted - result.timing.total : 0;
  result.timing.total += result.timing.queue;
  const std::string key = std::move(running.key);
  held_bytes_ -= running.held_bytes;
  running_.erase(ticket);
  record(ticket, key, std::move(result));
}

void Batch::record(std::int64_t ticket, const std::string& key, TaskResult result) {
  if (!journal_ || !is_final(result)) return conclude(ticket, std::move(result));
  std::string text = encoded(result, [](const TaskResult& ended) { return to_json_line(ended); });
  if (!is_final(result)) return conclude(ticket, std::move(result));
  text.pop_back();
  std::string line = journal_->encode(key, text);
  ++unrecorded_;
  const auto on_disk = [this, ticket, key, bytes = line.size(),
                        ended = std::make_shared<TaskResult>(std::move(result))](int error) {
    --unrecorded_;
    recorded(key, bytes, error);
    conclude(ticket, std::move(*ended));
  };
  journal_file_->append(std::move(line), on_disk);
  pump();  // its place is free
}

void Batch::recorded(const std::string& key, std::size_t line_bytes, int error) {
  if (!journal_) return;
  if (!error) return journal_->note(key, line_bytes);
  log_.error(Error::system("journal " + journal_->path(), error).message() + "; the batch goes on without its journal");
  journal_ = nullptr;
}

void Batch::conclude(std::int64_t ticket, TaskResult result) {
  store(result, result.id);
  emit(ticket, std::move(result));
  pump();
}

template <typename Record>
void Batch::store(Record& record, const std::string& id) {
  if (!options_.results) return;
  if (auto stored = options_.results->store(record); !stored) {
    log_.error("task " + id + ": " + stored.error().message() + "; its outputs stay in its result line");
  }
}

// Want of memory costs a task its outputs, and no other task anything.
std::string Batch::encoded(TaskResult& result, const std::function<std::string(const TaskResult&)>& to_line) {
  try {
    return to_line(result);
  } catch (const std::bad_alloc&) {
    drop_outputs(result);
    return to_line(result);
  }
}

void Batch::emit(std::int64_t ticket, TaskResult result) {
  writer_.write(ticket, encoded(result, options_.result_line));
  if (options_.on_result) options_.on_result(result);
  count(describe(result.ending).verdict, describe(result.ending).fault);
}

void Batch::count(Verdict verdict, Fault fault) {
  summary_.add(verdict, fault);
  progress_.show(summary_.text() + "; " + std::to_string(running_.size()) + " running");
  if (summary_.halt_met() && state_ < BatchState::draining) {
    handle(summary_.halt().when == HaltRule::When::now ? BatchEvent::halt_now : BatchEvent::halt_soon);
  }
}

// Hands out a result of an earlier run under today's line number, and says so. False: it cannot be read.
bool Batch::replay(std::int64_t ticket, const TaskSpec& spec, const std::string& recorded) {
  auto document = parse_json(recorded);
  const auto verdict = document ? parse_verdict(string_member(*document, "verdict")) : std::nullopt;
  if (!verdict) return false;
  auto& allocator = document->GetAllocator();
  document->RemoveMember("line");
  document->AddMember("line", spec.line, allocator);
  document->AddMember("from_journal", true, allocator);
  store(*document, spec.id);
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  write_value(writer, *document);
  buffer.Put('\n');
  writer_.write(ticket, std::move(buffer.text()));
  count(*verdict, Fault::none);
  return true;
}

void Batch::cancel_running() {
  for (auto& [ticket, running] : running_) running.runner->cancel("the batch was stopped");
}

void Batch::finish_when_written() {
  if (state_ != BatchState::finished || !writer_.empty() || std::exchange(told_, true)) return;
  progress_.finish(summary_.text());
  on_finished_();
}

}  // namespace mayfly
