// SPDX-License-Identifier: Apache-2.0
// Incidents as bytes of the kernel's, as text, as records and in a file.
#include "monitor/incident.h"

#include <escape_event.h>
#include <linux/audit.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstring>

#include "base/json.h"
#include "helpers.h"
#include "monitor/incident_log.h"
#include "monitor/incident_record.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

constexpr Nanoseconds kTime = 1'763'796'360'123'456'789;

escape_event event() {
  escape_event e{};
  e.machine = 5;
  e.at_ns = 1234;
  e.pid = 77;
  e.kind = ESCAPE_OPEN;
  e.syscall = -1;
  std::strcpy(e.comm, "qemu-system-x86");
  std::strcpy(e.path, "/etc/passwd");
  return e;
}

std::string_view bytes_of(const escape_event& e) { return {reinterpret_cast<const char*>(&e), sizeof e}; }

Incident seccomp_incident(int syscall) {
  Incident incident{.pid = 77, .comm = "q", .path = ""};
  incident.kind = Incident::Kind::seccomp;
  incident.syscall = syscall;
  incident.arch = AUDIT_ARCH_X86_64;
  return incident;
}

IncidentRecord record(Incident incident) {
  return {.incident = std::move(incident), .machine = "m-3", .task = "job 1", .line = 12, .time = kTime};
}

std::string append_and_read(const std::string& path, const IncidentRecord& what) {
  auto log = IncidentLog::open(path);
  REQUIRE(log);
  REQUIRE(log->append(what));
  const auto content = read_file(path, 1 << 16);
  REQUIRE(content);
  return *content;
}

TEST_CASE("an event becomes an incident") {
  const auto incident = decode_incident(bytes_of(event()));
  REQUIRE(incident);
  CHECK(incident->machine == 5);
  CHECK(incident->at == 1234);
  CHECK(incident->pid == 77);
  CHECK(incident->kind == Incident::Kind::open);
  CHECK(incident->syscall == -1);
  CHECK(incident->comm == "qemu-system-x86");
  CHECK(incident->path == "/etc/passwd");
}

TEST_CASE("texts without an end are cut at theirs") {
  escape_event e = event();
  std::memset(e.comm, 'c', sizeof e.comm);
  std::memset(e.path, 'p', sizeof e.path);
  const auto incident = decode_incident(bytes_of(e));
  REQUIRE(incident);
  CHECK(incident->comm == std::string(ESCAPE_COMM_SIZE, 'c'));
  CHECK(incident->path == std::string(ESCAPE_PATH_SIZE, 'p'));
}

TEST_CASE("what is no event is none") {
  escape_event e = event();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, sizeof e - 1}) {
    CHECK_FALSE(decode_incident(bytes_of(e).substr(0, size)));
  }
  CHECK(decode_incident(std::string(bytes_of(e)) + "more"));
  for (const std::uint32_t kind : {6u, 255u, UINT32_MAX}) {
    e.kind = kind;
    CHECK_FALSE(decode_incident(bytes_of(e)));
  }
}

TEST_CASE("each kind has its name and its sentence") {
  const auto said = [](Incident::Kind kind, int syscall, const std::string& path) {
    const Incident incident{.comm = "", .kind = kind, .syscall = syscall, .arch = AUDIT_ARCH_X86_64, .path = path};
    return std::string(to_string(kind)) + ": " + describe(incident);
  };
  CHECK(said(Incident::Kind::exec, -1, "/bin/sh") == "exec: tried to execute /bin/sh");
  CHECK(said(Incident::Kind::fork, -1, "") == "fork: tried to create a process");
  CHECK(said(Incident::Kind::open, -1, "/etc/shadow") == "open: tried to open /etc/shadow");
  CHECK(said(Incident::Kind::create, -1, "\x1b[2J\xff") == "create: tried to create \\x1b[2J\\xff");
  CHECK(said(Incident::Kind::seccomp, SYS_mount, "") == "seccomp: tried to call mount");
  CHECK(said(Incident::Kind::syscall, 9999, "") == "syscall: tried to call system call 9999");
}

TEST_CASE("a system call is named by its architecture") {
  const auto name = [](int syscall, std::uint32_t arch) {
    return syscall_name({.comm = "", .syscall = syscall, .arch = arch, .path = ""});
  };
  CHECK(name(59, AUDIT_ARCH_X86_64) == "execve");
  CHECK(name(59, AUDIT_ARCH_I386) == "oldolduname");
  CHECK(name(-1, AUDIT_ARCH_X86_64).empty());
  CHECK(name(59, 0xdeadbeef).empty());
  CHECK(name(INT32_MAX, AUDIT_ARCH_X86_64).empty());
}

TEST_CASE("a record in JSON") {
  const Incident opened{.machine = 3, .pid = 77, .comm = "qemu", .kind = Incident::Kind::open, .path = "/etc/passwd"};
  CHECK(to_json_line(record(opened)) ==
        "{\"schema\":1,\"time\":\"2025-11-22T07:26:00.123456Z\",\"machine\":\"m-3\",\"task\":\"job 1\",\"line\":12,"
        "\"pid\":77,\"comm\":\"qemu\",\"kind\":\"open\",\"path\":\"/etc/passwd\",\"action\":\"killed\"}\n");
  const Incident called = seccomp_incident(SYS_ptrace);
  CHECK(to_json_line({.incident = called, .machine = "m", .time = kTime}) ==
        "{\"schema\":1,\"time\":\"2025-11-22T07:26:00.123456Z\",\"machine\":\"m\",\"pid\":77,\"comm\":\"q\","
        "\"kind\":\"seccomp\",\"syscall\":101,\"syscall_name\":\"ptrace\",\"action\":\"killed\"}\n");
}

TEST_CASE("hostile bytes neither break a record nor a line") {
  const Incident incident{.comm = "a\"\n\xff", .path = "/tmp/\n{\"schema\":1}"};
  const std::string line = to_json_line(record(incident));
  CHECK(line.find('\n') == line.size() - 1);
  const auto json = parse_json(std::string_view(line).substr(0, line.size() - 1));
  REQUIRE(json);
  CHECK(string_member(*json, "path") == incident.path);
  CHECK(string_member(*json, "comm_base64") == "YSIK/w==");
}

TEST_CASE("the time of a record is that of the attempt") {
  const Nanoseconds before = realtime_now();
  const Incident incident{.comm = "", .path = "", .at = monotonic_now() - kSecond};
  const IncidentRecord made{.incident = incident, .machine = "m"};
  CHECK(made.time > before - 2 * kSecond);
  CHECK(made.time < realtime_now() - kSecond / 2);
}

TEST_CASE("a record as environment") {
  Incident incident = seccomp_incident(SYS_mount);
  incident.comm = "q\x1b";
  CHECK(to_environment(record(incident)) ==
        std::vector<std::string>{"MAYFLY_INCIDENT_TIME=2025-11-22T07:26:00.123456Z", "MAYFLY_INCIDENT_MACHINE=m-3",
                                 "MAYFLY_INCIDENT_TASK=job 1", "MAYFLY_INCIDENT_LINE=12", "MAYFLY_INCIDENT_PID=77",
                                 "MAYFLY_INCIDENT_COMM=q\\x1b", "MAYFLY_INCIDENT_KIND=seccomp",
                                 "MAYFLY_INCIDENT_SYSCALL=mount", "MAYFLY_INCIDENT_PATH="});
}

TEST_CASE("the log is its owner's, and grows at its end") {
  const TempDirectory directory;
  const std::string path = directory / "incidents.ndjson";
  const IncidentRecord one = record({.comm = "one", .path = ""}), two = record({.comm = "two", .path = ""});
  CHECK(append_and_read(path, one) == to_json_line(one));
  CHECK(append_and_read(path, two) == to_json_line(one) + to_json_line(two));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("two logs on one file do not overwrite each other") {
  const TempDirectory directory;
  const std::string path = directory / "incidents.ndjson";
  auto first = IncidentLog::open(path), second = IncidentLog::open(path);
  REQUIRE(first);
  REQUIRE(second);
  const IncidentRecord what = record({.comm = "x", .path = ""});
  for (IncidentLog* log : {&*first, &*second, &*first}) REQUIRE(log->append(what));
  CHECK(append_and_read(path, what).size() == 4 * to_json_line(what).size());
}

TEST_CASE("a log that cannot be is an error that names it") {
  const TempDirectory directory;
  CHECK(contains(message_of(IncidentLog::open(directory / "no/such/place")), "no/such/place"));
  auto full = IncidentLog::open("/dev/full");
  REQUIRE(full);
  const std::string message = message_of(full->append(record({.comm = "x", .path = ""})));
  CHECK(contains(message, "/dev/full"));
  CHECK(contains(message, "No space left"));
}

}  // namespace
}  // namespace mayfly::test
