// SPDX-License-Identifier: Apache-2.0
#include "guest/program_tree.h"

#include <cerrno>
#include <csignal>
#include <vector>

#include "sandbox/cell_mounts.h"

namespace mayfly::guest {
namespace {

std::vector<std::string> environment(const ExecRequest& request) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : request.env) lines.push_back(name + "=" + value);
  if (!request.prestart) return lines;
  for (const auto& [name, value] : *request.prestart) lines.push_back(name + "=" + value);
  return lines;
}

// For execve, which changes nothing but whose type does not say so.
void append_pointers(std::vector<char*>& pointers, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
}

std::size_t output_limit(std::int64_t bytes) {
  return bytes > 0 ? static_cast<std::size_t>(bytes) : OutputPipe::kNoLimit;
}

// What its sandbox shows of the machine's, beside its directory: to a checker the place where its room is, to others
// the files that the host put into /tmp. Empty: neither.
Result<Fd> copy_shown(const Sandbox& wanted, const Places& places) {
  if (is_checkers(wanted.directory)) return copy_directory("/run", -1);
  return places.tmp_given() ? copy_directory("/tmp", places.owners()) : Fd();
}

Sandbox limits_of(const ExecRequest& request) { return request.sandbox.value_or(Sandbox()); }

}  // namespace

const std::string& start_directory(const ExecRequest& request) {
  return request.sandbox && request.cwd.empty() ? request.sandbox->directory : request.cwd;
}

void Places::prepare() {
  if (!next_cgroup_) {
    auto made = TaskCgroup::create(count_ + 1);
    if (made) next_cgroup_ = *std::move(made);
  }
  cells_.prepare();
}

Result<TaskCgroup> Places::take_cgroup() {
  ++count_;
  if (!next_cgroup_) return TaskCgroup::create(count_);
  TaskCgroup taken = *std::move(next_cgroup_);
  next_cgroup_.reset();
  return taken;
}

ProgramTree::ProgramTree(Loop& loop, Channel& channel, Watcher& on_output_limit)
    : on_output_limit_(on_output_limit), output_(loop, channel, false), error_(loop, channel, true), input_(loop, channel) {}

Result<Spawned> ProgramTree::start(std::optional<std::int64_t> id, const ExecRequest& request, const std::string& path,
                               int cwd, Places& places) {
  if (auto taken = take_places(request, places); !taken) return std::move(taken).error();
  std::vector<char*> argv{const_cast<char*>(request.bin.c_str())};
  append_pointers(argv, request.args);
  const std::vector<std::string> lines = environment(request);
  std::vector<char*> envp;
  append_pointers(envp, lines);
  Fd shown;
  Fd scratch;
  std::optional<CellEntry> entry;
  if (cell_) {
    auto copied = copy_shown(*request.sandbox, places);
    if (!copied) return std::move(copied).error();
    shown = *std::move(copied);
    auto layer = scratch_ ? copy_directory(scratch_->path().c_str(), -1) : Fd();
    if (!layer) return std::move(layer).error();
    scratch = *std::move(layer);
    const bool checker = is_checkers(request.sandbox->directory);
    const MachinePlaces parts{checker ? -1 : places.owners(), scratch.get(), shown.get()};
    entry.emplace(*cell_, parts, *request.sandbox, start_directory(request).c_str());
  }
  SpawnPlan plan{path.c_str(), argv.data(), envp.data(), cwd};
  plan.cgroup = cgroup_.directory();
  plan.user = request.user;
  plan.entry = entry ? &*entry : nullptr;
  auto spawned = open_pipes_and_spawn(id, request, plan);
  if (spawned) pid_ = spawned->pid;
  if (request.prestart) request_ = request;
  return spawned;
}

Result<void> ProgramTree::take_places(const ExecRequest& request, Places& places) {
  auto cgroup = places.take_cgroup();
  if (!cgroup) return std::move(cgroup).error();
  cgroup_ = *std::move(cgroup);
  if (auto limited = limit_tree(request); !limited) return limited;
  if (!request.sandbox) return {};
  auto cell = places.take_cell();
  if (!cell) return std::move(cell).error();
  cell_.emplace(*std::move(cell));
  if (!request.sandbox->fresh || is_checkers(request.sandbox->directory)) return {};
  auto scratch = places.take_scratch();
  if (!scratch) return std::move(scratch).error();
  scratch_.emplace(*std::move(scratch));
  return {};
}

Result<void> ProgramTree::limit_tree(const ExecRequest& request) const {
  if (request.memory_bytes > 0) {
    if (auto limited = cgroup_.limit_memory(request.memory_bytes); !limited) return limited;
  }
  const std::int64_t processes = limits_of(request).processes;
  return processes > 0 ? cgroup_.limit_processes(processes) : Result<void>();
}

Result<Spawned> ProgramTree::open_pipes_and_spawn(std::optional<std::int64_t> id, const ExecRequest& request, SpawnPlan& plan) {
  const Sandbox limits = limits_of(request);
  const auto input = input_.open(request.stdin_open || request.prestart);
  const auto output = output_.open(id, output_limit(limits.stdout_bytes), &on_output_limit_);
  const auto error = error_.open(id, output_limit(limits.stderr_bytes), &on_output_limit_);
  for (const auto* end : {&input, &output, &error}) {
    if (!*end) return end->error();
  }
  plan.input = input->get();
  plan.output = output->get();
  plan.error = error->get();
  started_ = monotonic_now();
  return spawn(plan);
}

bool ProgramTree::is_for(const ExecRequest& request) const {
  const auto place = [](const ExecRequest& of) {
    return of.sandbox ? std::pair(of.sandbox->directory, of.sandbox->fresh) : std::pair(std::string(), false);
  };
  return pid_ != 0 && !request.prestart && request.bin == request_.bin && request.args == request_.args &&
         request.env == request_.env && request.cwd == request_.cwd && request.user == request_.user &&
         place(request) == place(request_);
}

Result<void> ProgramTree::go_on(std::optional<std::int64_t> id, const ExecRequest& request) {
  if (auto limited = limit_tree(request); !limited) return limited;
  const Sandbox limits = limits_of(request);
  if (request.sandbox && !limit_process(pid_, limits)) return Error::system("prlimit", errno);
  output_.take_over(id, output_limit(limits.stdout_bytes));
  error_.take_over(id, output_limit(limits.stderr_bytes));
  if (!request.stdin_open) input_.close();
  earlier_ = cgroup_.usage();
  started_ = monotonic_now();
  if (::kill(pid_, SIGCONT) != 0) return Error::system("kill", errno);
  return {};
}

GuestUsage ProgramTree::usage() const {
  GuestUsage used = cgroup_.usage();
  used.cpu_ms -= earlier_.cpu_ms;
  used.user_ms -= earlier_.user_ms;
  used.system_ms -= earlier_.system_ms;
  used.io_kb -= earlier_.io_kb;
  return used;
}

std::optional<Cell> ProgramTree::take_cell() {
  std::optional<Cell> taken = std::move(cell_);
  cell_.reset();
  return taken;
}

void ProgramTree::close() {
  input_.close();
  output_.close();
  error_.close();
  cgroup_.remove();
  if (scratch_ && cell_) cell_->end();  // it is mounted there
  cell_.reset();
  scratch_.reset();
  pid_ = 0;
  earlier_ = {};
  request_ = {};
}

}  // namespace mayfly::guest
