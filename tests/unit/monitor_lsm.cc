// SPDX-License-Identifier: Apache-2.0
// What BPF LSM adds: attempts are refused, and files are watched.
#include <fcntl.h>
#include <liburing.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <csignal>

#include "helpers.h"
#include "monitor/escape_monitor.h"
#include "monitor_bench.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

const std::string kLsm = "lsm";

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// The one incident of an armed process that does this; it must have been killed for it.
Incident incident_of(const Actor::Act& act, const EscapeMonitorOptions& options = {}) {
  MonitorBench bench(kLsm, options);
  const TestCgroup cgroup;
  Actor actor(cgroup, act);
  bench.arm(cgroup);
  CHECK(actor.go_and_end() == -SIGKILL);
  bench.wait_for(1);
  return bench.incidents[0];
}

// What became of an armed process that does something harmless.
int outcome_of(const Actor::Act& act, const EscapeMonitorOptions& options = {}) {
  MonitorBench bench(kLsm, options);
  const TestCgroup cgroup;
  Actor actor(cgroup, act);
  bench.arm(cgroup);
  const int outcome = actor.go_and_end();
  bench.monitor->consume();
  CHECK(bench.incidents.empty());
  return outcome;
}

TEST_CASE("lsm: the open of a file is refused, reported with its path, and killed for") {
  if (!has_monitor_mode(kLsm)) return;
  const TempDirectory directory;
  const std::string path = directory.write("deep/down/secret", "x");
  for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR | O_TRUNC}) {
    const Incident incident = incident_of([&] { ::open(path.c_str(), flags); });
    CHECK(incident.kind == Incident::Kind::open);
    CHECK(incident.path == path);
  }
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK(status.st_size == 1);  // O_TRUNC did not come to pass
}

TEST_CASE("lsm: a path that is longer than a report comes as the file's name") {
  if (!has_monitor_mode(kLsm)) return;
  const TempDirectory directory;
  std::string name;
  for (int i = 0; i < 6; ++i) name += std::string(100, static_cast<char>('a' + i)) + "/";
  const std::string path = directory.write(name + "secret", "x");
  CHECK(incident_of([&] { ::open(path.c_str(), O_RDONLY); }).path == "secret");
}

TEST_CASE("lsm: other ways to open are opens, too") {
  if (!has_monitor_mode(kLsm)) return;
  const TempDirectory directory;
  const std::string path = directory.write("file", "x");
  SUBCASE("openat2") {
    const auto act = [&] {
      const std::uint64_t how[3] = {O_RDONLY, 0, 0};
      ::syscall(SYS_openat2, AT_FDCWD, path.c_str(), how, sizeof how);
    };
    CHECK(incident_of(act).path == path);
  }
  SUBCASE("a directory") {
    CHECK(incident_of([&] { ::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY); }).path == directory.path());
  }
  SUBCASE("what is open already, once more") {
    const Fd held(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const std::string again = "/proc/self/fd/" + std::to_string(held.get());
    CHECK(incident_of([&] { ::open(again.c_str(), O_RDONLY); }).path == path);
  }
  SUBCASE("a file without a name") {
    CHECK(incident_of([&] { ::open(directory.path().c_str(), O_TMPFILE | O_RDWR, 0600); }).kind == Incident::Kind::open);
  }
}

TEST_CASE("lsm: io_uring opens no file either, in the caller or in a worker of the kernel's") {
  if (!has_monitor_mode(kLsm)) return;
  const TempDirectory directory;
  const std::string path = directory.write("file", "x");
  for (const unsigned flags : {0u, static_cast<unsigned>(IOSQE_ASYNC)}) {
    CAPTURE(flags);
    MonitorBench bench(kLsm);
    const TestCgroup cgroup;
    io_uring ring;
    const auto act = [&] {
      io_uring_sqe* sqe = ::io_uring_get_sqe(&ring);
      ::io_uring_prep_openat(sqe, AT_FDCWD, path.c_str(), O_RDONLY, 0);
      sqe->flags |= static_cast<__u8>(flags);
      ::io_uring_submit_and_wait(&ring, 1);
    };
    Actor actor(cgroup, act, [&] {
      if (::io_uring_queue_init(4, &ring, 0) != 0) ::_exit(99);
    });
    bench.arm(cgroup);
    CHECK(actor.go_and_end() == -SIGKILL);
    bench.wait_for(1);
    CHECK(bench.incidents[0].kind == Incident::Kind::open);
    CHECK(bench.incidents[0].path == path);
  }
}

TEST_CASE("lsm: no file comes to be") {
  if (!has_monitor_mode(kLsm)) return;
  const TempDirectory directory;
  const std::string path = directory / "made";
  Actor::Act act;
  SUBCASE("open") {
    act = [&] { ::open(path.c_str(), O_CREAT | O_RDWR, 0600); };
  }
  SUBCASE("creat") {
    act = [&] { ::creat(path.c_str(), 0600); };
  }
  SUBCASE("a FIFO") {
    act = [&] { ::mkfifo(path.c_str(), 0600); };
  }
  SUBCASE("a device") {
    act = [&] { ::mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 3)); };
  }
  const Incident incident = incident_of(act);
  CHECK(incident.kind == Incident::Kind::create);
  CHECK(incident.path == "made");
  CHECK_FALSE(exists(path));
}

TEST_CASE("lsm: no program is executed, whichever way") {
  if (!has_monitor_mode(kLsm)) return;
  EscapeMonitorOptions options;
  Actor::Act act = [] { execute("/usr/bin/true"); };
  std::string path = "/usr/bin/true";
  Fd program;
  const auto execute_open = [&] {
    char* const none[] = {nullptr};
    ::syscall(SYS_execveat, program.get(), "", none, none, AT_EMPTY_PATH);
  };
  SUBCASE("that can be read") { options.readable_files = {path}; }
  SUBCASE("that is open") {
    program.reset(::open(path.c_str(), O_PATH | O_CLOEXEC));
    act = execute_open;
  }
  SUBCASE("that is in memory") {
    program.reset(::memfd_create("program", MFD_CLOEXEC));
    const auto content = read_file(path, 1 << 20);
    REQUIRE(content);
    REQUIRE(write_all(program.get(), *content));
    act = execute_open;
    path = "/memfd:program (deleted)";
  }
  const Incident incident = incident_of(act, options);
  CHECK(incident.kind == Incident::Kind::exec);
  CHECK(incident.path == path);
}

TEST_CASE("lsm: a readable file may be opened for reading only, by any of its names, and no other file") {
  if (!has_monitor_mode(kLsm)) return;
  const TempDirectory directory;
  const std::string path = directory.write("library.so", "x");
  const std::string other = directory.write("other", "x");
  const std::string hard_link = directory / "hard", symbolic_link = directory / "symbolic";
  REQUIRE(::link(path.c_str(), hard_link.c_str()) == 0);
  REQUIRE(::symlink(path.c_str(), symbolic_link.c_str()) == 0);
  const EscapeMonitorOptions options{.readable_files = {symbolic_link}};
  for (const std::string& name : {path, hard_link, symbolic_link}) {
    CHECK(outcome_of([&] { ::_exit(::open(name.c_str(), O_RDONLY) < 0); }, options) == 0);
  }
  CHECK(incident_of([&] { ::open(path.c_str(), O_RDWR); }, options).path == path);
  CHECK(incident_of([&] { ::open(other.c_str(), O_RDONLY); }, options).path == other);
}

TEST_CASE("lsm: where it is not known what may be read, only writing and executing is watched") {
  if (!has_monitor_mode(kLsm)) return;
  const TempDirectory directory;
  const std::string path = directory.write("library.so", "x");
  const EscapeMonitorOptions options{.watch_reads = false};
  CHECK(outcome_of([&] { ::_exit(::open(path.c_str(), O_RDONLY) < 0); }, options) == 0);
  CHECK(incident_of([&] { ::open(path.c_str(), O_RDWR); }, options).path == path);
  CHECK(incident_of([] { execute("/usr/bin/true"); }, options).kind == Incident::Kind::exec);
}

TEST_CASE("lsm: what opens no file is allowed") {
  if (!has_monitor_mode(kLsm)) return;
  const auto act = [] {
    int pipe[2];
    char byte = 'x';
    const bool piped = ::pipe(pipe) == 0 && ::write(pipe[1], &byte, 1) == 1 && ::read(pipe[0], &byte, 1) == 1;
    const bool mapped = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    ::_exit(!piped || !mapped || ::memfd_create("m", 0) < 0);
  };
  CHECK(outcome_of(act) == 0);
}

}  // namespace
}  // namespace mayfly::test
