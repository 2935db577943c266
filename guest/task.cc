// SPDX-License-Identifier: Apache-2.0
#include "guest/task.h"

#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "guest/directory.h"
#include "guest/exec_check.h"
#include "guest/lookup.h"

namespace mayfly::guest {
namespace {

ErrorReply refusal(Refusal reason, const Error& error) { return {reason, error.message()}; }

std::vector<std::string> environment(const ExecRequest& request) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : request.env) lines.push_back(name + "=" + value);
  return lines;
}

// For execve, which changes nothing but whose type does not say so.
void append_pointers(std::vector<char*>& pointers, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
}

// Where the program starts: a sandboxed one in its own directory, unless it was told otherwise.
const std::string& start_directory(const ExecRequest& request) {
  return request.sandbox && request.cwd.empty() ? request.sandbox->directory : request.cwd;
}

std::size_t output_limit(std::int64_t bytes) {
  return bytes > 0 ? static_cast<std::size_t>(bytes) : OutputPipe::kNoLimit;
}

ErrorReply exec_refusal(const std::string& bin, int code) {
  if (code == ENOENT) {
    return {Refusal::cannot_run, bin + ": the interpreter that it names does not exist"};
  }
  return refusal(Refusal::cannot_run, Error::system(bin, code));
}

}  // namespace

Task::Task(Loop& loop, Channel& channel)
    : loop_(loop),
      channel_(channel),
      output_(loop, channel, false),
      error_(loop, channel, true),
      input_(loop, channel),
      timer_event_(*this, &Task::on_time),
      cpu_event_(*this, &Task::on_cpu_time),
      output_event_(*this, &Task::on_output_limit),
      cgroup_event_(*this, &Task::on_cgroup_event) {}

Result<void> Task::open() {
  make_next_cgroup();
  cells_.prepare();
  if (auto opened = cpu_budget_.open(loop_, cpu_event_); !opened) return opened;
  return timer_.open(loop_, timer_event_);
}

// While nobody waits for it. Should it fail, whoever needs it tries again, and tells.
void Task::make_next_cgroup() {
  auto made = TaskCgroup::create(count_ + 1);
  if (made) next_cgroup_ = *std::move(made);
}

std::optional<ErrorReply> Task::start(std::optional<std::int64_t> id, const ExecRequest& request) {
  if (phase_ != Phase::idle) return ErrorReply{Refusal::busy, "a program is running already"};
  if (auto wrong = check_exec(request)) return wrong;
  const auto cwd = open_working_directory(start_directory(request));
  if (!cwd) return refusal(Refusal::cannot_run, cwd.error());
  const auto program = find_program(cwd->get(), request.bin, search_path(request));
  const std::string& found = program ? *program : request.bin;
  if (!is_permitted(request.permissions, request.bin, found, cwd->get())) {
    return ErrorReply{Refusal::permission, request.bin + ": not in the request's permissions"};
  }
  if (!program) {
    const bool missing = program.error().code() == ENOENT;
    return refusal(missing ? Refusal::not_found : Refusal::cannot_run, program.error());
  }
  id_ = id;
  return launch(request, *program, cwd->get());
}

std::optional<ErrorReply> Task::launch(const ExecRequest& request, const std::string& program,
                                       int cwd) {
  const auto spawned = prepare_and_spawn(request, program, cwd);
  if (!spawned || spawned->exec_error != 0) {
    release();
    return spawned ? exec_refusal(request.bin, spawned->exec_error)
                   : refusal(Refusal::failed, spawned.error());
  }
  phase_ = Phase::running;
  pid_ = spawned->pid;
  exit_ = {};
  sync_ = request.sync;
  cpu_ms_ = request.sandbox ? request.sandbox->cpu_ms : 0;
  if (request.timeout_ms > 0) timer_.arm(request.timeout_ms * kMillisecond);
  if (cpu_ms_ > 0) cpu_budget_.arm(cgroup_, cpu_ms_);
  return std::nullopt;
}

Result<Spawned> Task::prepare_and_spawn(const ExecRequest& request, const std::string& program,
                                        int cwd) {
  if (auto taken = take_cgroup(request); !taken) return std::move(taken).error();
  if (auto taken = take_cell(request); !taken) return std::move(taken).error();
  std::vector<char*> argv{const_cast<char*>(request.bin.c_str())};
  append_pointers(argv, request.args);
  const std::vector<std::string> lines = environment(request);
  std::vector<char*> envp;
  append_pointers(envp, lines);
  std::optional<Confinement> confinement;
  if (cell_) confinement.emplace(*cell_, cells_.owners(), *request.sandbox, start_directory(request).c_str());
  SpawnPlan plan{program.c_str(), argv.data(), envp.data(), cwd};
  plan.cgroup = cgroup_.directory();
  plan.user = request.user;
  plan.confinement = confinement ? &*confinement : nullptr;
  return open_pipes_and_spawn(request, plan);
}

Result<void> Task::take_cgroup(const ExecRequest& request) {
  ++count_;
  if (!next_cgroup_) {
    auto made = TaskCgroup::create(count_);
    if (!made) return made.error();
    next_cgroup_ = *std::move(made);
  }
  cgroup_ = *std::exchange(next_cgroup_, std::nullopt);
  if (request.memory_bytes > 0) {
    if (auto limited = cgroup_.limit_memory(request.memory_bytes); !limited) return limited;
  }
  if (!request.sandbox || request.sandbox->processes == 0) return {};
  return cgroup_.limit_processes(request.sandbox->processes);
}

Result<void> Task::take_cell(const ExecRequest& request) {
  if (!request.sandbox) return {};
  auto taken = cells_.take();
  if (!taken) return std::move(taken).error();
  cell_.emplace(*std::move(taken));
  return {};
}

Result<Spawned> Task::open_pipes_and_spawn(const ExecRequest& request, SpawnPlan& plan) {
  const Sandbox limits = request.sandbox.value_or(Sandbox());
  const auto input = input_.open(request.stdin_open);
  const auto output = output_.open(id_, output_limit(limits.stdout_bytes), &output_event_);
  const auto error = error_.open(id_, output_limit(limits.stderr_bytes), &output_event_);
  for (const auto* end : {&input, &output, &error}) {
    if (!*end) return end->error();
  }
  plan.input = input->get();
  plan.output = output->get();
  plan.error = error->get();
  started_ = monotonic_now();
  return spawn(plan);
}

std::optional<ErrorReply> Task::give_input(std::optional<std::int64_t> id, StdinRequest&& request) {
  if (phase_ == Phase::running) return input_.give(id, std::move(request));
  if (count_ == 0) return ErrorReply{Refusal::busy, "no program is running"};
  channel_.send({id, AckReply{}});  // it ended while this was on its way
  return std::nullopt;
}

std::optional<ErrorReply> Task::signal(int number) const {
  if (phase_ != Phase::running) return ErrorReply{Refusal::busy, "no program is running"};
  ::kill(-pid_, number);
  return std::nullopt;
}

void Task::on_child(pid_t pid, int status, const rusage& used) {
  if (pid != pid_) return;
  pid_ = 0;
  exit_.usage.mem_kb = used.ru_maxrss;
  if (phase_ == Phase::killing) return on_cgroup_event();
  if (WIFSIGNALED(status)) {
    exit_.signal = WTERMSIG(status);
  } else {
    exit_.code = WEXITSTATUS(status);
  }
  end();
}

void Task::on_time() {
  if (!timer_.expired()) return;
  timer_.disarm();
  if (phase_ == Phase::killing) return finish();
  exit_.timed_out = true;
  end();
}

void Task::on_cpu_time() {
  if (phase_ == Phase::running && cpu_budget_.is_spent()) exceed(Limit::cpu_ms);
}

void Task::on_output_limit() {
  exceed(output_.exceeded() ? Limit::stdout_bytes : Limit::stderr_bytes);
}

void Task::exceed(Limit limit) {
  if (!exit_.timed_out && !exit_.exceeded) exit_.exceeded = limit;
  if (phase_ == Phase::running) end();
}

void Task::on_cgroup_event() {
  if (phase_ == Phase::killing && tree_is_dead()) finish();
}

void Task::on_room() {
  output_.on_room();
  error_.on_room();
  if (phase_ == Phase::draining) drain();
}

void Task::end() {
  exit_.usage.wall_ms = (monotonic_now() - started_) / kMillisecond;
  phase_ = Phase::killing;
  timer_.disarm();
  cpu_budget_.disarm();
  if (tree_is_dead()) return finish();
  timer_.arm(kKillGrace);
  // If one of these fails, the grace is what ends the task.
  (void)loop_.watch(cgroup_.events(), EPOLLPRI | EPOLLET, cgroup_event_);
  (void)cgroup_.kill();
  on_cgroup_event();
}

bool Task::tree_is_dead() const {
  return pid_ == 0 && !cgroup_.is_populated();
}

void Task::finish() {
  phase_ = Phase::draining;
  pid_ = 0;
  timer_.disarm();
  measure();
  if (sync_) ::sync();  // should the disk be full, the host learns of it before our word
  input_.close();
  output_.finish();
  error_.finish();
  drain();
}

void Task::measure() {
  const GuestUsage main = exit_.usage;
  exit_.usage = cgroup_.usage();
  exit_.usage.wall_ms = main.wall_ms;
  if (exit_.usage.mem_kb == 0) exit_.usage.mem_kb = main.mem_kb;
  exit_.out_of_memory = cgroup_.out_of_memory();
  if (cpu_ms_ > 0 && exit_.usage.cpu_ms > cpu_ms_) exceed(Limit::cpu_ms);
}

void Task::drain() {
  if (!output_.is_open() && !error_.is_open()) report();
}

void Task::report() {
  channel_.send({id_, exit_});
  release();
}

void Task::release() {
  input_.close();
  output_.close();
  error_.close();
  cgroup_.remove();
  phase_ = Phase::idle;
  if (!next_cgroup_) make_next_cgroup();
  if (!cell_) return;
  cell_.reset();
  cells_.prepare();
}

}  // namespace mayfly::guest
