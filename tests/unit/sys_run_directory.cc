// SPDX-License-Identifier: Apache-2.0
#include "sys/run_directory.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;

RunDirectory create(const TempDirectory& home) {
  auto made = RunDirectory::create(home.path());
  REQUIRE_MESSAGE(made.ok(), made.error().message());
  return *std::move(made);
}

auto entries(const std::string& path) { return std::distance(fs::directory_iterator(path), {}); }

constexpr const char* kDead = "run/123-0123456789abcdef";  // no process has it locked
constexpr const char* kFile = "/00ff00ff00ff00ff";

// A directory as a dead process leaves it, with that in it.
std::string leave(const TempDirectory& home, const std::string& name, const std::vector<std::string>& files) {
  for (const std::string& file : files) home.write(name + file, "x");
  fs::create_directories(home / name);
  fs::permissions(home / name, fs::perms::owner_all);
  return home / name;
}

TEST_CASE("a run directory is private, below run/, and goes with its object") {
  const TempDirectory home;
  std::string path;
  {
    const RunDirectory run = create(home);
    path = run.path();
    CHECK(path.starts_with(home / "run/"));
    CHECK((fs::status(path).permissions() & fs::perms::mask) == fs::perms::owner_all);
    home.write(fs::path(path + kFile).lexically_relative(home.path()), "x");
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("the sweep removes what a dead process left") {
  const TempDirectory home;
  leave(home, kDead, {kFile});
  leave(home, "run/7-0000000000000000", {});
  const RunDirectory run = create(home);
  CHECK(entries(home / "run") == 1);
}

TEST_CASE("the sweep leaves alone what has not the name, the content, the mode or the owner of a run directory") {
  const TempDirectory home;
  std::vector<std::string> others;
  for (const char* name : {"run/folder", "run/12", "run/1-dead", "run/1-0123456789abcde", "run/1-0123456789abcdef0", "run/1-0123456789ABCDEF",
                           "run/x1-0123456789abcdef", "run/-0123456789abcdef"}) {
    others.push_back(leave(home, name, {}));
    others.push_back(leave(home, name, {kFile}) + kFile);
  }
  others.push_back(leave(home, kDead, {"/thesis/text", kFile}) + "/thesis/text");
  const std::string opened = leave(home, "run/8-0123456789abcdef", {kFile});
  fs::permissions(opened, fs::perms::owner_all | fs::perms::others_exec);
  others.push_back(opened + kFile);
  if (::geteuid() == 0) {
    const std::string anothers = leave(home, "run/9-0123456789abcdef", {kFile});
    REQUIRE(::chown(anothers.c_str(), 54321, 54321) == 0);
    others.push_back(anothers + kFile);
  }
  const RunDirectory run = create(home);
  for (const std::string& path : others) CHECK_MESSAGE(fs::exists(path), path);
}

TEST_CASE("where run is a link, or could be others' work, there is no run directory, and nothing is removed") {
  const TempDirectory home;
  const std::string kept = leave(home, "elsewhere/123-0123456789abcdef", {});
  SUBCASE("a link") {
    fs::create_directory_symlink(home / "elsewhere", home / "run");
    const auto made = RunDirectory::create(home.path());
    CHECK(contains(message_of(made), home / "run is not a directory of mayfly's own"));
    CHECK(contains(made.error().hint(), "remove " + (home / "run")));
  }
  SUBCASE("a home that others may write") {
    fs::permissions(home.path(), fs::perms::all);
    CHECK(contains(message_of(RunDirectory::create(home.path())), "can be written by others"));
  }
  SUBCASE("a run that others may write") {
    fs::rename(home / "elsewhere", home / "run");
    fs::permissions(home / "run", fs::perms::all);
    CHECK(contains(message_of(RunDirectory::create(home.path())), "can be written by others"));
    CHECK(fs::exists(home / kDead));
    return;
  }
  CHECK(fs::exists(kept));
}

TEST_CASE("a home that is a link is the place that it leads to") {
  const TempDirectory home;
  fs::create_directory(home / "real");
  fs::create_directory_symlink(home / "real", home / "link");
  const auto run = RunDirectory::create(home / "link");
  REQUIRE(run);
  CHECK(entries(home / "real/run") == 1);
}

TEST_CASE("the sweep spares the living: two objects of one process") {
  const TempDirectory home;
  const RunDirectory first = create(home);
  const RunDirectory second = create(home);
  CHECK(first.path() != second.path());
  CHECK(fs::exists(first.path()));
  CHECK(fs::exists(second.path()));
}

// A process that holds a run directory until we let it go or kill it.
struct Holder {
  explicit Holder(const std::string& home) {
    auto [ready_reader, ready_writer] = pipe_ends();
    pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const auto held = RunDirectory::create(home);
      if (!held || !write_all(ready_writer.get(), held->path())) ::_exit(1);
      ready_writer.reset();
      for (;;) ::pause();
    }
    ready_writer.reset();
    path = read_to_end(ready_reader.get());
  }
  void kill() {
    ::kill(pid, SIGKILL);
    REQUIRE(::waitpid(pid, nullptr, 0) == pid);
  }
  pid_t pid;
  std::string path;
};

TEST_CASE("the sweep spares another living process and removes it when it is dead") {
  const TempDirectory home;
  Holder holder(home.path());
  REQUIRE(fs::exists(holder.path));
  { const RunDirectory run = create(home); }
  CHECK(fs::exists(holder.path));
  holder.kill();
  CHECK(fs::exists(holder.path));
  const RunDirectory run = create(home);
  CHECK_FALSE(fs::exists(holder.path));
}

TEST_CASE("the sweep leaves alone what is no run directory") {
  const TempDirectory home;
  home.write("run/.hidden/file", "x");
  home.write("run/plain-file", "x");
  home.write("elsewhere/file", "x");
  fs::create_directory_symlink(home / "elsewhere", home / "run/link");
  const RunDirectory run = create(home);
  CHECK(fs::exists(home / "run/.hidden/file"));
  CHECK(fs::exists(home / "run/plain-file"));
  CHECK(fs::exists(home / "elsewhere/file"));
}

TEST_CASE("a moved run directory is removed once, by its last owner") {
  const TempDirectory home;
  auto first = std::make_unique<RunDirectory>(create(home));
  const std::string path = first->path();
  {
    const RunDirectory moved(std::move(*first));
    first.reset();
    CHECK(fs::exists(path));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a run directory that is assigned over is removed") {
  const TempDirectory home;
  RunDirectory kept = create(home);
  const std::string old = kept.path();
  kept = create(home);
  CHECK_FALSE(fs::exists(old));
  CHECK(fs::exists(kept.path()));
  CHECK(entries(home / "run") == 1);
}

TEST_CASE("an anonymous file can be written and has no name") {
  const TempDirectory home;
  const RunDirectory run = create(home);
  const auto file = run.anonymous_file();
  REQUIRE(file);
  REQUIRE(write_all(file->get(), "content"));
  CHECK(entries(run.path()) == 0);
  struct stat status {};
  REQUIRE(::fstat(file->get(), &status) == 0);
  CHECK(status.st_nlink == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK((::fcntl(file->get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a home that cannot be written is an error with a remedy") {
  const auto made = RunDirectory::create("/proc/nowhere");
  REQUIRE_FALSE(made);
  CHECK(contains(made.error().hint(), "MAYFLY_HOME"));
}

}  // namespace
}  // namespace mayfly::test
