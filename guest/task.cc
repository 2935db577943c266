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
      timer_event_(*this, &Task::on_time),
      cpu_event_(*this, &Task::on_cpu_time),
      output_event_(*this, &Task::on_output_limit),
      cgroup_event_(*this, &Task::on_cgroup_event),
      programs_{{{loop, channel, output_event_}, {loop, channel, output_event_}}} {}

Result<void> Task::open() {
  places_.prepare();
  if (auto opened = cpu_limit_.open(loop_, cpu_event_); !opened) return opened;
  return timer_.open(loop_, timer_event_);
}

std::optional<ErrorReply> Task::start(std::optional<std::int64_t> id, const ExecRequest& request) {
  if (phase_ != Phase::idle) return ErrorReply{Refusal::busy, "a program is running already"};
  if (request.prestart && waiting_->pid() != 0) return ErrorReply{Refusal::busy, "a program is waiting already"};
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
  const bool waits = waiting_->is_for(request) && !places_.tmp_given();
  return waits ? continue_waiting(request) : launch(request, *program, cwd->get());
}

std::optional<ErrorReply> Task::launch(const ExecRequest& request, const std::string& path, int cwd) {
  const auto spawned = program_->start(id_, request, path, cwd, places_);
  if (!spawned || spawned->exec_error != 0) {
    release();
    return spawned ? exec_refusal(request.bin, spawned->exec_error)
                   : refusal(Refusal::failed, spawned.error());
  }
  phase_ = request.prestart ? Phase::starting : Phase::running;
  begin(request);
  return std::nullopt;
}

std::optional<ErrorReply> Task::continue_waiting(const ExecRequest& request) {
  if (auto continued = waiting_->go_on(id_, request); !continued) return refusal(Refusal::failed, continued.error());
  std::swap(program_, waiting_);
  phase_ = Phase::running;
  begin(request);
  return std::nullopt;
}

void Task::begin(const ExecRequest& request) {
  ran_ = true;
  exit_ = {};
  sync_ = request.sync;
  if (!request.sandbox || !is_checkers(request.sandbox->directory)) kept_.reset();
  keep_ = request.sandbox && request.sandbox->keep;
  cpu_ms_ = request.sandbox ? request.sandbox->cpu_ms : 0;
  if (request.timeout_ms > 0) timer_.arm(request.timeout_ms * kMillisecond);
  if (cpu_ms_ > 0) cpu_limit_.arm(program_->cgroup(), cpu_ms_ + program_->earlier_cpu_ms());
}

std::optional<ErrorReply> Task::give_input(std::optional<std::int64_t> id, StdinRequest&& request) {
  if (phase_ == Phase::running) return program_->input().give(id, std::move(request));
  if (!ran_) return ErrorReply{Refusal::busy, "no program is running"};
  channel_.send({id, AckReply{}});  // it ended while this was on its way
  return std::nullopt;
}

std::optional<ErrorReply> Task::signal(int number) const {
  if (phase_ != Phase::running) return ErrorReply{Refusal::busy, "no program is running"};
  ::kill(-program_->pid(), number);
  return std::nullopt;
}

// It waits from now on, and another may run.
void Task::on_stop(pid_t pid) {
  if (phase_ != Phase::starting || pid != program_->pid()) return;
  timer_.disarm();
  if (sync_) ::sync();
  std::swap(program_, waiting_);
  phase_ = Phase::idle;
  places_.prepare();
  channel_.send({id_, AckReply{}});
}

void Task::on_child(pid_t pid, int status, const rusage& used) {
  if (pid == waiting_->pid()) waiting_->close();  // it dies with nobody to tell
  if (pid != program_->pid()) return;
  program_->reaped();
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
  time_out();
}

void Task::time_out() {
  exit_.timed_out = true;
  end();
}

void Task::end_program() {
  if (phase_ == Phase::running) time_out();
}

void Task::on_cpu_time() {
  if (phase_ == Phase::running && cpu_limit_.is_spent()) exceed(Limit::cpu_ms);
}

void Task::on_output_limit() {
  exceed(program_->output().exceeded() ? Limit::stdout_bytes : Limit::stderr_bytes);
}

void Task::exceed(Limit limit) {
  if (!exit_.timed_out && !exit_.exceeded) exit_.exceeded = limit;
  if (is_alive()) end();
}

void Task::on_cgroup_event() {
  if (phase_ == Phase::killing && program_->is_dead()) finish();
}

void Task::on_room() {
  program_->output().on_room();
  program_->error().on_room();
  if (phase_ == Phase::draining) drain();
}

void Task::end() {
  exit_.usage.wall_ms = (monotonic_now() - program_->started()) / kMillisecond;
  phase_ = Phase::killing;
  timer_.disarm();
  cpu_limit_.disarm();
  if (program_->is_dead()) return finish();
  timer_.arm(kKillGrace);
  // If one of these fails, the grace is what ends the task.
  (void)loop_.watch(program_->cgroup().events(), EPOLLPRI | EPOLLET, cgroup_event_);
  (void)program_->cgroup().kill();
  on_cgroup_event();
}

void Task::finish() {
  phase_ = Phase::draining;
  program_->reaped();
  timer_.disarm();
  measure();
  if (sync_) ::sync();  // should the disk be full, the host learns of it before our word
  program_->input().close();
  program_->output().finish();
  program_->error().finish();
  drain();
}

void Task::measure() {
  const GuestUsage main = exit_.usage;
  exit_.usage = program_->usage();
  exit_.usage.wall_ms = main.wall_ms;
  if (exit_.usage.mem_kb == 0) exit_.usage.mem_kb = main.mem_kb;
  exit_.out_of_memory = program_->cgroup().out_of_memory();
  exit_.out_of_processes = program_->cgroup().out_of_processes();
  if (cpu_ms_ > 0 && exit_.usage.cpu_ms > cpu_ms_) exceed(Limit::cpu_ms);
}

void Task::drain() {
  if (!program_->output().is_open() && !program_->error().is_open()) report();
}

void Task::report() {
  channel_.send({id_, exit_});
  release();
}

void Task::release() {
  if (auto cell = keep_ ? program_->take_cell() : std::nullopt) kept_.emplace(*std::move(cell));
  keep_ = false;
  program_->close();
  phase_ = Phase::idle;
  places_.prepare();
}

}  // namespace mayfly::guest
