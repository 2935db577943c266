// SPDX-License-Identifier: Apache-2.0
#include "sys/process.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <set>
#include <sstream>

#include "helpers.h"

namespace mayfly::test {
namespace {

ProcessSpec shell(const std::string& script, int stderr_fd = -1) {
  return {.path = "/bin/sh", .argv = {"sh", "-c", script}, .stderr_fd = stderr_fd};
}

ProcessEnd end_of(Process& process) {
  process.wait();
  auto end = process.reap();
  REQUIRE_MESSAGE(end.ok(), end.error().message());
  return *end;
}

// Runs `spec` with its stderr in a pipe; gives what it wrote there and its end.
std::pair<std::string, ProcessEnd> run(ProcessSpec spec) {
  auto [reader, writer] = pipe_ends();
  spec.stderr_fd = writer.get();
  auto process = Process::spawn(spec);
  REQUIRE_MESSAGE(process.ok(), process.error().message());
  writer.reset();
  const std::string text = read_to_end(reader.get());
  return {text, end_of(*process)};
}

TEST_CASE("the exit code comes back") {
  auto process = Process::spawn(shell("exit 42"));
  REQUIRE(process);
  CHECK(process->pid() > 0);
  const ProcessEnd end = end_of(*process);
  CHECK_FALSE(end.signalled);
  CHECK(end.status == 42);
  CHECK(end.max_rss_bytes > 0);
  CHECK(has_no_children());
}

TEST_CASE("the signal that ended it comes back") {
  auto process = Process::spawn(shell("kill -TERM $$"));
  REQUIRE(process);
  const ProcessEnd end = end_of(*process);
  CHECK(end.signalled);
  CHECK(end.status == SIGTERM);
}

TEST_CASE("kill() reaches a running child, and one that is gone is no matter") {
  auto process = Process::spawn({.path = "/bin/sleep", .argv = {"sleep", "1000"}});
  REQUIRE(process);
  CHECK(process->kill(SIGKILL));
  CHECK(end_of(*process).status == SIGKILL);
  CHECK(process->kill(SIGKILL));
}

// Becomes a user that is not its child's, who may not send it a signal.
TEST_CASE("kill() tells that we may not, and what we lack") {
  if (::geteuid() != 0) return;
  CHECK(status_of_fork([] {
          auto process = Process::spawn({.path = "/bin/sleep", .argv = {"sleep", "1000"}});
          if (!process || ::setresuid(54321, 54321, 0) < 0) return false;
          const auto killed = process->kill(SIGKILL);
          const bool told = !killed && killed.error().code() == EPERM && contains(killed.error().hint(), "KILL");
          return ::setresuid(0, 0, 0) == 0 && process->kill(SIGKILL) && told;
        }) == 0);
}

TEST_CASE("a child that still runs cannot be reaped") {
  auto process = Process::spawn({.path = "/bin/sleep", .argv = {"sleep", "1000"}});
  REQUIRE(process);
  CHECK(contains(message_of(process->reap()), "has not ended yet"));
  CHECK(process->kill(SIGKILL));
  end_of(*process);
}

TEST_CASE("an exec that fails is status 127 with a line on stderr") {
  const auto [text, end] = run({.path = "/nonexistent/qemu", .argv = {"qemu"}});
  CHECK(text.ends_with("/nonexistent/qemu: No such file or directory\n"));  // ASan wonders at its stack before
  CHECK(end.status == 127);
  CHECK_FALSE(end.signalled);
  const auto [denied, denied_end] = run({.path = "/etc/passwd", .argv = {"x"}});
  CHECK(denied == "/etc/passwd: Permission denied\n");
  CHECK(denied_end.status == 127);
}

TEST_CASE("a child has the arguments and the environment it was given, and no others") {
  const auto [text, end] = run({.path = "/bin/sh",
                                .argv = {"sh", "-c", "/usr/bin/env >&2; echo \"$1|$2\" >&2", "sh", "a b", "*"},
                                .env = {"ONE=1", "TWO=2 2"}});
  CHECK(contains(text, "ONE=1\n"));
  CHECK(contains(text, "TWO=2 2\n"));
  CHECK(contains(text, "a b|*\n"));
  CHECK_FALSE(contains(text, "HOME="));
}

TEST_CASE("a child has descriptors 0 to 2 and those it was given, under their numbers") {
  const auto [kept, other] = sockets();
  const Fd inheritable(::dup(STDERR_FILENO));  // not close-on-exec: still not passed on
  const auto [text, end] = run({.path = "/bin/sh",
                                .argv = {"sh", "-c", "for f in /proc/$$/fd/*; do [ -e $f ] && echo ${f##*/} >&2; done"},
                                .inherit = {kept.get()}});
  std::istringstream lines(text);
  std::set<int> fds;
  for (int fd = 0; lines >> fd;) fds.insert(fd);
  fds.erase(10);  // some shells keep a copy of theirs there
  CHECK(fds == std::set<int>{0, 1, 2, kept.get()});
}

TEST_CASE("stdout of a child may be a descriptor of ours") {
  auto [reader, writer] = pipe_ends();
  ProcessSpec spec = shell("echo out");
  spec.stdout_fd = writer.get();
  auto process = Process::spawn(spec);
  REQUIRE(process);
  writer.reset();
  CHECK(read_to_end(reader.get()) == "out\n");
  CHECK(end_of(*process).status == 0);
}

TEST_CASE("stdin and stdout of a child are /dev/null") {
  const auto [text, end] = run(shell("in=$(readlink /proc/$$/fd/0); out=$(readlink /proc/$$/fd/1); echo $in $out >&2"));
  CHECK(text == "/dev/null /dev/null\n");
}

TEST_CASE("a child starts with default signal handling") {
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  const auto [text, end] = run(shell("kill -TERM $$; kill -PIPE $$"));
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  CHECK(end.signalled);
  CHECK(end.status == SIGTERM);
  CHECK(run(shell("kill -PIPE $$")).second.status == SIGPIPE);  // ignored in this process
}

TEST_CASE("a child has no signal ignored and a umask of 022, whatever we inherited") {
  CHECK(status_of_fork([&] {
          for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGXFSZ}) ::signal(signal, SIG_IGN);
          ::umask(0777);
          auto process = Process::spawn(shell("[ $(umask) = 0022 ] && grep -q 'SigIgn:.0*$' /proc/$$/status"));
          if (!process) return false;
          process->wait();
          return process->reap()->status == 0;
        }) == 0);
}

TEST_CASE("a child is not in our process group: Ctrl-C is not for it") {
  const auto [stat, end] = run(shell("read line < /proc/$$/stat; echo \"$line\" >&2"));
  std::istringstream fields(stat);
  std::string pid, name, state, parent, group;
  fields >> pid >> name >> state >> parent >> group;
  CHECK(parent == std::to_string(::getpid()));
  CHECK(group == pid);
}

// Starts a process that spawns `sleep`, tells us its pid, and dies without a chance to
// clean up. Returns a descriptor that is at its end when sleep is dead too.
Fd orphan_a_sleeper() {
  auto [reader, writer] = pipe_ends();
  const pid_t parent = ::fork();
  REQUIRE(parent >= 0);
  if (parent == 0) {
    auto sleeper = Process::spawn(
        {.path = "/bin/sleep", .argv = {"sleep", "1000"}, .inherit = {writer.get()}});
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(parent, &status, 0) == parent);
  REQUIRE(WIFSIGNALED(status));
  return std::move(reader);
}

TEST_CASE("a child dies with its parent, however that dies") {
  const Fd held_by_sleeper = orphan_a_sleeper();
  CHECK(read_to_end(held_by_sleeper.get()).empty());  // would block for ever
}

TEST_CASE("the destructor kills what still runs") {
  auto [reader, writer] = pipe_ends();
  {
    auto process = Process::spawn(
        {.path = "/bin/sleep", .argv = {"sleep", "1000"}, .inherit = {writer.get()}});
    REQUIRE(process);
    writer.reset();
  }
  CHECK(read_to_end(reader.get()).empty());
  CHECK(::waitpid(-1, nullptr, 0) > 0);
}

TEST_CASE("a process that is assigned over is killed too") {
  auto [reader, writer] = pipe_ends();
  auto first = Process::spawn(
      {.path = "/bin/sleep", .argv = {"sleep", "1000"}, .inherit = {writer.get()}});
  auto second = Process::spawn(shell("exit 5"));
  REQUIRE(first);
  REQUIRE(second);
  writer.reset();
  *first = *std::move(second);
  CHECK(read_to_end(reader.get()).empty());
  CHECK(end_of(*first).status == 5);
  CHECK(::waitpid(-1, nullptr, 0) > 0);
  CHECK(has_no_children());
}

}  // namespace
}  // namespace mayfly::test
