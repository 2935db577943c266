// SPDX-License-Identifier: Apache-2.0
#include "monitor/incident_command.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

IncidentRecord record(const std::string& task) {
  const Incident incident{.pid = 77, .comm = "qemu", .kind = Incident::Kind::open, .path = "/etc/pass wd"};
  return {.incident = incident, .machine = "m-3", .task = task};
}

struct CommandBench {
  explicit CommandBench(const std::string& script)
      : command(*ring, script,
                {.on_failure = [this](const Error& error) { failures.push_back(error.message()); },
                 .on_idle = [this] { ring->stop(); }}) {}

  std::string content(const std::string& name) const {
    auto text = read_file(directory / name, 1 << 20);
    REQUIRE(text);
    return *text;
  }

  TempDirectory directory;
  std::unique_ptr<Ring> ring = open_ring();
  std::vector<std::string> failures;
  IncidentCommand command;
};

// Lets a command find the bench's directory, without the directory in its text.
struct Variable {
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  const char* name_;
};

TEST_CASE("the command gets the record on its stdin and in its environment, and our environment") {
  CommandBench bench(
      "cat >$OUT/stdin; set -- \"$MAYFLY_INCIDENT_TASK\" \"$MAYFLY_INCIDENT_PATH\" \"$MAYFLY_INCIDENT_LINE\" "
      "\"$MAYFLY_INCIDENT_PID\"; IFS='|'; echo \"$*\" >$OUT/env");
  const Variable out("OUT", bench.directory.path()), stale("MAYFLY_INCIDENT_LINE", "stale");
  const IncidentRecord what = record("job");
  REQUIRE(bench.command.run(what));
  CHECK_FALSE(bench.command.idle());
  REQUIRE(bench.ring->run());
  CHECK(bench.content("stdin") == to_json_line(what));
  CHECK(bench.content("env") == "job|/etc/pass wd||77\n");
  CHECK(bench.failures.empty());
  CHECK(bench.command.idle());
  CHECK(has_no_children());
}

TEST_CASE("hostile text is data to the shell") {
  CommandBench bench("printf %s \"$MAYFLY_INCIDENT_PATH\" >$OUT/path");
  const Variable out("OUT", bench.directory.path());
  IncidentRecord what = record("job");
  what.incident.path = "$(touch $OUT/pwned)`touch $OUT/pwned`;'\"";
  REQUIRE(bench.command.run(what));
  REQUIRE(bench.ring->run());
  CHECK(bench.content("path") == what.incident.path);
  CHECK_FALSE(read_file(bench.directory / "pwned", 1));
}

TEST_CASE("a command that fails is told of") {
  const std::pair<const char*, const char*> failures[] = {
      {"exit 3", "ended with status 3"}, {"kill -TERM $$", "ended by signal 15"}, {"exec /nonexistent 2>&-", "status 127"}};
  for (const auto& [script, said] : failures) {
    CommandBench bench(script);
    REQUIRE(bench.command.run(record("job")));
    REQUIRE(bench.ring->run());
    REQUIRE(bench.failures.size() == 1);
    CHECK(contains(bench.failures[0], said));
  }
}

TEST_CASE("a command that takes too long is killed with what it started") {
  auto [reader, writer] = pipe_ends();
  const Variable held("HELD", std::to_string(writer.get()));
  CommandBench bench("sleep 1000 >&2 & sleep 1000; echo never >$OUT/end");
  bench.command.set_time_limit(100 * kMillisecond);
  const Fd saved(::dup(STDERR_FILENO));
  REQUIRE(::dup2(writer.get(), STDERR_FILENO) >= 0);  // the sleepers hold it as theirs
  const auto started = bench.command.run(record("job"));
  REQUIRE(::dup2(saved.get(), STDERR_FILENO) >= 0);
  writer.reset();
  REQUIRE(started);
  REQUIRE(bench.ring->run());
  REQUIRE(bench.failures.size() == 1);
  CHECK(contains(bench.failures[0], "too long"));
  CHECK(read_to_end(reader.get()).empty());  // would block as long as they sleep
}

// How many ran at the most, from the "+" and "-" that they wrote at their start and end.
int most_at_a_time(const std::string& log) {
  int now = 0, most = 0;
  for (const char c : log) {
    now += c == '+' ? 1 : c == '-' ? -1 : 0;
    most = std::max(most, now);
  }
  return most;
}

TEST_CASE("four run at a time, the others wait for their turn, and too many are refused") {
  CommandBench bench("echo + >>$OUT/log; echo >$OUT/started; read go <$OUT/go; echo - >>$OUT/log");
  const Variable out("OUT", bench.directory.path());
  const auto fifo = [&](const char* name) {
    REQUIRE(::mkfifo((bench.directory / name).c_str(), 0600) == 0);
    return Fd(::open((bench.directory / name).c_str(), O_RDWR | O_CLOEXEC));
  };
  const Fd started = fifo("started"), go = fifo("go");
  const std::size_t most = kMaxIncidentCommands + kMaxWaitingIncidents;
  for (std::size_t i = 0; i < most; ++i) REQUIRE(bench.command.run(record(std::to_string(i))));
  CHECK(contains(message_of(bench.command.run(record("one more"))), "too many"));
  char byte;
  for (std::size_t i = 0; i < kMaxIncidentCommands; ++i) REQUIRE(::read(started.get(), &byte, 1) == 1);
  write_bytes_to(go.get(), std::string(most, '\n'));
  REQUIRE(bench.ring->run());
  const std::string log = bench.content("log");
  CHECK(std::count(log.begin(), log.end(), '-') == static_cast<long>(most));
  CHECK(most_at_a_time(log) == kMaxIncidentCommands);
  CHECK(bench.failures.empty());
  CHECK(has_no_children());
}

TEST_CASE("whoever goes away takes its commands along") {
  auto [reader, writer] = pipe_ends();
  {
    CommandBench bench("sleep 1000 & wait");
    const Fd saved(::dup(STDERR_FILENO));
    REQUIRE(::dup2(writer.get(), STDERR_FILENO) >= 0);
    const auto started = bench.command.run(record("job"));
    REQUIRE(::dup2(saved.get(), STDERR_FILENO) >= 0);
    writer.reset();
    REQUIRE(started);
  }
  CHECK(read_to_end(reader.get()).empty());
  CHECK(::waitpid(-1, nullptr, 0) > 0);
}

}  // namespace
}  // namespace mayfly::test
