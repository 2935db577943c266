// SPDX-License-Identifier: Apache-2.0
#include "sys/cgroup.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/id.h"
#include "helpers.h"
#include "sys/files.h"
#include "sys/process.h"

namespace mayfly {
namespace {

constexpr const char* kHybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

std::string unique_name() { return "test-" + *random_hex(8); }

// A child in a group that waits to be killed.
class Sleeper : public ChildSetup {
 public:
  explicit Sleeper(const Cgroup& cgroup) : cgroup_(cgroup) {
    ProcessSpec spec;
    spec.path = "/bin/sleep";
    spec.argv = {"sleep", "1000"};
    spec.setup = this;
    auto spawned = Process::spawn(spec);
    REQUIRE(spawned);
    process_.emplace(*std::move(spawned));
  }
  int cgroup_fd() const override { return cgroup_.directory(); }
  const char* enter(pid_t) const override {
    for (const Fd& entrance : cgroup_.entrances()) {
      if (::write(entrance.get(), "0", 1) < 0) return "enter";
    }
    return nullptr;
  }
  const char* lock() const override { return nullptr; }
  Process& process() { return *process_; }

 private:
  const Cgroup& cgroup_;
  std::optional<Process> process_;
};

CgroupUsage read_all(const std::vector<CgroupCounter>& files) {
  CgroupUsage usage;
  for (const CgroupCounter& counter : files) {
    char text[4096];
    const ssize_t size = ::read(counter.file.get(), text, sizeof text);
    if (size > 0) counter.parse({text, static_cast<std::size_t>(size)}, usage);
  }
  return usage;
}

TEST_CASE("mounted hierarchies are read as the kernel writes them") {
  const auto mounts = parse_cgroup_mounts(kHybrid, "4:memory:/box/a\n1:cpu,cpuacct:/\n9:name=systemd:/\n0::/unit\n");
  REQUIRE(mounts.size() == 3);
  CHECK(mounts[0].v2);
  CHECK(mounts[0].root == "/sys/fs/cgroup/unified");
  CHECK(mounts[0].own == "/sys/fs/cgroup/unified/unit");
  CHECK(mounts[1].controllers == std::vector<std::string>{"cpu", "cpuacct"});
  CHECK(mounts[1].own == "/sys/fs/cgroup/cpu,cpuacct");
  CHECK(mounts[2].own == "/sys/fs/cgroup/memory/box/a");
}

TEST_CASE("a mount that shows a part of the hierarchy is seen from there") {
  const auto mounts = parse_cgroup_mounts("1 2 0:3 /docker/x /sys/fs/cgroup ro - cgroup2 cgroup rw\n", "0::/docker/x/child\n");
  REQUIRE(mounts.size() == 1);
  CHECK(mounts[0].own == "/sys/fs/cgroup/child");
}

TEST_CASE("lines that are none are passed over") {
  CHECK(parse_cgroup_mounts("", "").empty());
  CHECK(parse_cgroup_mounts("garbage - \n1 2 3 4\n - cgroup2\n", "0::/\n").empty());
  CHECK(parse_cgroup_mounts("1 2 0:3 / /c rw - cgroup2 c rw\n", "no colons\n").empty());
}

TEST_CASE("a group limits, counts, and is gone afterwards") {
  if (::geteuid() != 0) return;
  const std::string name = unique_name();
  CgroupTree tree = CgroupTree::open(name);
  if (!tree.has("memory")) {
    MESSAGE("no memory controller here: ", tree.why_not());
    return;
  }
  CgroupLimits limits;
  limits.memory_bytes = 64 << 20;
  limits.processes = 10;
  limits.cpus = 0.5;
  auto cgroup = tree.create("m-1", limits);
  REQUIRE(cgroup);
  {
    Sleeper sleeper(*cgroup);
    CHECK_FALSE(cgroup->counters().empty());
    CHECK(sleeper.process().kill(SIGKILL));
    pollfd ended{sleeper.process().pidfd(), POLLIN, 0};
    REQUIRE(::poll(&ended, 1, 10'000) == 1);
    REQUIRE(sleeper.process().reap());
  }
  CgroupUsage usage = read_all(cgroup->counters());
  CHECK_FALSE(usage.memory_bytes);
  CHECK_FALSE(usage.pressure.cpu_us);
  CHECK(usage.cpu_ns.value_or(0) > 0);
  CHECK(usage.memory_peak_bytes.value_or(0) > 0);
  CHECK(usage.oom_kills == 0);
  usage = read_all(cgroup->gauges());
  CHECK(usage.memory_bytes);
  const bool counts_pressure = cgroup->directory() >= 0 && ::faccessat(cgroup->directory(), "io.pressure", R_OK, 0) == 0;
  CHECK(usage.pressure.io_us.has_value() == counts_pressure);
}

TEST_CASE("the host's pressure is known where the kernel counts it") {
  const auto text = read_file("/proc/pressure/io", 4096);
  const auto pressure = read_all(host_pressure()).pressure;
  CHECK(pressure.io_us.has_value() == text.ok());
  if (pressure.io_us) CHECK(*pressure.io_us >= std::stoll(text->substr(text->find("total=") + 6)));
}

TEST_CASE("of what a group and its process have counted, the larger number counts") {
  constexpr const char* kText = "rchar: 7\nwchar: 8\nread_bytes: 4096\nwrite_bytes: 0\ncancelled_write_bytes: 5\n";
  CgroupUsage usage;
  usage.read_bytes = 5000;
  parse_process_io(kText, usage);
  CHECK(usage.read_bytes == 5000);
  CHECK(usage.write_bytes == 0);
  CgroupUsage unknown;
  parse_process_io("", unknown);
  CHECK_FALSE(unknown.read_bytes);
}

TEST_CASE("two groups of one name are an error, and a removed name is free again") {
  if (::geteuid() != 0) return;
  CgroupTree tree = CgroupTree::open(unique_name());
  if (tree.receipt().empty()) return;
  {
    auto first = tree.create("m-1", {});
    REQUIRE(first);
    CHECK_FALSE(tree.create("m-1", {}));
  }
  CHECK(tree.create("m-1", {}));
}

// Directories of this name in any hierarchy.
std::vector<std::string> directories_named(const std::string& name) {
  std::vector<std::string> found;
  for (const CgroupMount& mount : parse_cgroup_mounts(*read_file("/proc/self/mountinfo", 1 << 22), *read_file("/proc/self/cgroup", 1 << 16))) {
    for (const std::string& base : {mount.root, mount.own}) {
      const std::string path = base + "/mayfly/" + name;
      if (std::filesystem::exists(path)) found.push_back(path);
    }
  }
  return found;
}

TEST_CASE("what a dead process left is swept, with what is still in it; a living one's is not") {
  if (::geteuid() != 0) return;
  const std::string dead = unique_name(), living = unique_name();
  CgroupTree ours = CgroupTree::open(living);
  if (ours.receipt().empty()) return;
  auto group = ours.create("m-1", {});
  REQUIRE(group);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const CgroupTree tree = CgroupTree::open(dead);
    auto left = tree.create("m-1", {});
    const pid_t grandchild = left ? ::fork() : -1;
    if (grandchild == 0) {
      for (const Fd& entrance : left->entrances()) (void)!::write(entrance.get(), "0", 1);
      if (left->directory() >= 0) {
        const Fd entrance(::openat(left->directory(), "cgroup.procs", O_WRONLY));
        (void)!::write(entrance.get(), "0", 1);
      }
      ::_exit(0);
    }
    ::waitpid(grandchild, nullptr, 0);
    ::_exit(left ? 0 : 1);  // without destructors, as after SIGKILL
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  CHECK_FALSE(directories_named(dead).empty());
  const CgroupTree next = CgroupTree::open(unique_name());
  CHECK(directories_named(dead).empty());
  CHECK_FALSE(directories_named(living).empty());
  for (const std::string& path : directories_named(living)) {
    const auto mode = std::filesystem::status(path).permissions();  // others cannot open it, hence not hold its lock
    CHECK((mode & std::filesystem::perms::mask) == std::filesystem::perms::owner_all);
  }
}

TEST_CASE("limits on I/O are on whole disks") {
  CHECK_FALSE(disk_below(makedev(0, 40)));
  CHECK_FALSE(disk_below(makedev(4000, 4000)));
}

}  // namespace
}  // namespace mayfly
