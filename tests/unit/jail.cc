// SPDX-License-Identifier: Apache-2.0
// The jail with real programs in it: this test program itself, for one.
#include "jail/jail.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>

#include "helpers.h"
#include "jail/confinement.h"
#include "sys/files.h"

namespace mayfly {
namespace {

using test::contains;

Profile strict() {
  auto profile = builtin_profile("strict");
  REQUIRE(profile);
  return *std::move(profile);
}

std::unique_ptr<Jail> jail_for(const std::string& program, Profile profile = strict()) {
  auto jail = Jail::open({.profile = std::move(profile), .program = program, .readable = {}, .uids = {}});
  if (!jail) MESSAGE(jail.error().message(), " ", jail.error().hint());
  REQUIRE(jail);
  return *std::move(jail);
}

struct Outcome {
  ProcessEnd end;
  std::string out;
};

Outcome run(const Jail* jail, std::vector<std::string> argv) {
  auto confinement = Confinement::create(jail, nullptr, {.file_bytes = 1 << 20});
  REQUIRE(confinement);
  auto pipe = make_pipe();
  REQUIRE(pipe);
  ProcessSpec spec;
  spec.path = argv[0];
  spec.argv = std::move(argv);
  spec.stdout_fd = spec.stderr_fd = pipe->second.get();
  spec.setup = &*confinement;
  auto process = Process::spawn(spec);
  REQUIRE(process);
  pipe->second.reset();
  Outcome outcome;
  char part[4096];
  for (ssize_t got = 0; (got = ::read(pipe->first.get(), part, sizeof part)) > 0;) outcome.out.append(part, static_cast<std::size_t>(got));
  process->wait();
  auto end = process->reap();
  REQUIRE(end);
  outcome.end = *end;
  return outcome;
}

std::string real_path(const std::string& path) { return std::filesystem::canonical(path); }

TEST_CASE("profiles are data, and mistakes in them are named by line") {
  const auto profile = parse_profile("p", "# nothing\nfile share/x # a file\nallow read write\nallow ioctl if arg1 & 0xff00 == 0xae00\nrefuse ENOSYS clone3\n"
                                     "refuse EINVAL seccomp if arg0 == 1 and arg1 & 1 == 0\ndevice /dev/kvm 0xae\n");
  REQUIRE(profile);
  CHECK(profile->files == std::vector<std::string>{"share/x"});
  REQUIRE(profile->syscalls.size() == 5);
  CHECK(profile->syscalls[2].arguments.at(0).mask == 0xff00);
  CHECK(profile->syscalls[3].error == ENOSYS);
  CHECK(profile->syscalls[4].arguments == std::vector<SyscallRule::Argument>{{0, ~std::uint64_t{0}, 1}, {1, 1, 0}});
  CHECK(profile->devices == std::vector<DeviceRule>{{"/dev/kvm", 0xae}});
  for (const char* wrong : {"allow", "allow a if arg9 == 1", "allow a if arg1 = 1", "allow a if arg1 == x", "refuse ENOSYS", "refuse EWHAT a",
                            "file", "file a b", "tree relative", "device dev/kvm 0xae", "device /dev/kvm", "device /dev/kvm 256",
                            "allow a if arg1 == 1 and", "allow a if arg1 == 1 arg2 == 1", "refuse ENOSYS a if", "include compat", "frobnicate"}) {
    CAPTURE(wrong);
    const auto bad = parse_profile("p", std::string("\n") + wrong + "\n");
    REQUIRE_FALSE(bad);
    CHECK(contains(bad.error().message(), "line 2"));
  }
}

TEST_CASE("both built-in profiles can be read, and compat takes over what strict allows") {
  const auto compat = builtin_profile("compat");
  REQUIRE(compat);
  const Profile base = strict();
  CHECK(compat->syscalls.size() > base.syscalls.size());
  CHECK(std::equal(base.syscalls.begin(), base.syscalls.end(), compat->syscalls.begin()));
  CHECK_FALSE(builtin_profile("none"));
}

TEST_CASE("a jailed program works, and sees nothing but itself") {
  if (::geteuid() != 0) return;
  const std::string cat = real_path("/bin/cat");
  const auto jail = jail_for(cat);
  const Outcome self = run(jail.get(), {cat, "/proc/self/status"});
  // Its own proc can be mounted and seen, but Landlock lets it open nothing there.
  CHECK(self.end.status == 1);
  CHECK(contains(self.out, "Permission denied"));
  const Outcome passwd = run(jail.get(), {cat, "/etc/passwd"});
  CHECK(contains(passwd.out, "No such file"));
  const Outcome itself = run(jail.get(), {cat, "/etc/ld.so.cache"});
  CHECK(itself.end.status == 0);
}

TEST_CASE("a script is not taken for a program") {
  const auto jail = Jail::open({.profile = strict(), .program = "/usr/bin/ldd", .readable = {}, .uids = {}});
  REQUIRE_FALSE(jail);
  CHECK(contains(jail.error().message(), "not an ELF program"));
}

TEST_CASE("a jailed process executes nothing: the cookie is known to its launch alone") {
  if (::geteuid() != 0) return;
  const std::string env = real_path("/usr/bin/env");
  Profile profile = strict();
  const auto jail = jail_for(env, profile);
  const Outcome outcome = run(jail.get(), {env, env});
  CHECK(outcome.end.signalled);
  CHECK(outcome.end.status == SIGSYS);
}

TEST_CASE("a system call that the profile does not have ends the process") {
  if (::geteuid() != 0) return;
  const std::string mkdir = real_path("/bin/mkdir");
  const auto jail = jail_for(mkdir);
  const Outcome outcome = run(jail.get(), {mkdir, "/x"});
  CHECK(outcome.end.signalled);
  CHECK(outcome.end.status == SIGSYS);
}

TEST_CASE("two jailed processes have different users, and this one keeps its own") {
  if (::geteuid() != 0) return;
  const std::string id = real_path("/usr/bin/id");
  Profile profile = strict();
  profile.syscalls.push_back({"getgroups", 0, {}});
  profile.syscalls.push_back({"socket", EPERM, {}});
  const auto jail = jail_for(id, profile);
  const Outcome outcome = run(jail.get(), {id, "-u"});
  CHECK(outcome.out == "1000\n");
  CHECK(::getuid() == 0);
  CHECK(::access("/proc/self/fd/0", F_OK) == 0);
}

}  // namespace
}  // namespace mayfly
