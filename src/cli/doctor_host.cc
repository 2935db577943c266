// SPDX-License-Identifier: Apache-2.0
// Checks of the computer and its kernel.
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/magic.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/id.h"
#include "doctor_checks.h"
#include "engine/assets.h"
#include "engine/hardening.h"
#include "jail/jail.h"
#include "monitor/escape_monitor.h"
#include "ring/ring.h"
#include "sys/cgroup.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxProcFile = 1 << 20;
constexpr std::int64_t kMachineMib = 600;  // a default machine with its QEMU

std::string read_or_empty(const std::string& path) {
  auto content = read_file(path, kMaxProcFile);
  if (!content) return {};
  while (!content->empty() && content->back() == '\n') content->pop_back();
  return *std::move(content);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool is_container() {
  return exists("/.dockerenv") || exists("/run/.containerenv") ||
         !read_or_empty("/run/systemd/container").empty();
}

struct HardLimit {
  __rlimit_resource resource;
  rlim_t enough;  // for some machines of the default size at a time
  const char* name;
};

constexpr HardLimit kHardLimits[] = {
    {RLIMIT_AS, 8ULL << 30, "address space (-v)"},     {RLIMIT_DATA, 4ULL << 30, "data (-d)"},
    {RLIMIT_CPU, RLIM_INFINITY, "processor time (-t)"}, {RLIMIT_FSIZE, 8ULL << 30, "size of files (-f)"},
    {RLIMIT_NOFILE, 1024, "open files (-n)"},           {RLIMIT_NPROC, 256, "processes (-u)"},
};

// The number behind "<key>" in /proc/meminfo, in MiB.
std::int64_t meminfo_mib(const std::string& key) {
  const std::string text = read_or_empty("/proc/meminfo");
  const std::size_t at = text.find(key + ":");
  return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + key.size() + 1) / 1024;
}

// The name of an account, wherever accounts come from here (nsswitch.conf).
std::string account_in(const UidRange& range) {
  std::string name;
  ::setpwent();
  while (const passwd* account = name.empty() ? ::getpwent() : nullptr) {
    if (range.has(account->pw_uid)) name = std::string("the account ") + account->pw_name;
  }
  ::endpwent();
  return name;
}

// A process that is no VMM: those have the uid that belongs to their pid.
std::string stranger_in(const UidRange& range) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const pid_t pid = static_cast<pid_t>(std::atol(entry.path().filename().c_str()));
    struct stat s {};
    if (pid > 0 && ::stat(entry.path().c_str(), &s) == 0 && range.has(s.st_uid) && s.st_uid != range.of(pid)) {
      return "process " + std::to_string(pid) + " with uid " + std::to_string(s.st_uid);
    }
  }
  return {};
}

}  // namespace

Check check_platform() {
  utsname name{};
  ::uname(&name);
  Check check{"platform", CheckStatus::ok, std::string(name.machine) + ", Linux " + name.release, ""};
  if (std::string(name.machine) != "x86_64") {
    check.status = CheckStatus::failure;
    check.remedy = "mayfly runs on x86-64 only";
  } else if (std::string(name.release).find("microsoft") != std::string::npos) {
    check.finding += ", WSL2";
    check.remedy = "for KVM set nestedVirtualization=true in .wslconfig and restart WSL";
  } else if (is_container()) {
    check.status = CheckStatus::warning;
    check.finding += ", inside a container";
    check.remedy = "containers often lack /dev/kvm, io_uring and writable cgroups: "
                   "docker run --device /dev/kvm --security-opt seccomp=unconfined";
  }
  return check;
}

Check check_io_uring() {
  const auto ring = Ring::open();
  if (!ring) {
    return {"io_uring", CheckStatus::failure, ring.error().message(), ring.error().hint()};
  }
  if ((*ring)->defers_taskrun()) return {"io_uring", CheckStatus::ok, "with deferred task work", ""};
  return {"io_uring", CheckStatus::ok, "without deferred task work (Linux 6.1 has it): a little slower", ""};
}

Check check_memory() {
  const std::int64_t available = meminfo_mib("MemAvailable");
  Check check{"memory", CheckStatus::ok,
              std::to_string(available) + " MiB available, enough for about " +
                  std::to_string(available / kMachineMib) + " machines of the default size",
              ""};
  if (available < kMachineMib) {
    check.status = CheckStatus::failure;
    check.remedy = "free some memory, or give tasks less: --memory 128M";
  }
  return check;
}

Check check_rlimits() {
  Check check{"rlimits", CheckStatus::ok, "high enough", ""};
  std::string low;
  for (const HardLimit& limit : kHardLimits) {
    rlimit now{};
    if (::getrlimit(limit.resource, &now) < 0 || now.rlim_max >= limit.enough) continue;
    low += (low.empty() ? "" : ", ") + std::string(limit.name) + " " + std::to_string(now.rlim_max);
  }
  if (low.empty()) return check;
  return {"rlimits", CheckStatus::warning, "hard limits that mayfly cannot raise, and machines may meet: " + low,
          "start mayfly where they are higher: ulimit -H of the shell, Limit…= of the unit, --ulimit of the container"};
}

Check check_cgroups() {
  const auto name = random_hex(8);
  if (!name) return {"cgroups", CheckStatus::failure, name.error().message(), ""};
  const CgroupTree tree = CgroupTree::open("doctor-" + *name);
  Check check{"cgroups", CheckStatus::ok, "", ""};
  for (const std::string& word : tree.receipt()) check.finding += (check.finding.empty() ? "" : " ") + word;
  if (tree.has("memory") && tree.has("pids")) return check;
  check.status = CheckStatus::warning;
  check.finding += (check.finding.empty() ? "none: " : "; not all: ") + tree.why_not();
  check.remedy = is_container() ? "in a container: mount the cgroup file system writable (docker run --cgroupns private, with systemd's delegation)"
                 : ::geteuid() == 0 ? "mount cgroup2 at /sys/fs/cgroup, with the memory, pids, cpu and io controllers in its root"
                                    : "run it in a delegated group: systemd-run --user --scope -p Delegate=yes mayfly …; for all controllers, an "
                                      "administrator adds Delegate=cpu cpuset io memory pids to user@.service";
  return check;
}

Check check_bpf() {
  const BpfSupport support = probe_bpf();
  if (support.mode == "lsm") return {"bpf", CheckStatus::ok, "escapes are refused, watched for and reported (lsm)", ""};
  if (!support.mode.empty()) {
    return {"bpf", CheckStatus::ok, "escapes are watched for, and killed (" + support.mode + "); not lsm: " + support.missing, support.remedy};
  }
  return {"bpf", CheckStatus::warning, "escapes are not watched for: " + support.missing, support.remedy};
}

Check check_jail(const Settings& settings) {
  auto profile = builtin_profile(settings.containment.jail);
  const auto qemu = find_qemu_binary(settings);
  if (!profile || !qemu) return {"jail", CheckStatus::warning, "not tried: there is no QEMU to put in it", ""};
  std::error_code error;
  const auto jail = Jail::open({*std::move(profile), std::filesystem::canonical(*qemu, error), {}, settings.containment.vmm_uids});
  if (!jail) {
    const std::string& hint = jail.error().hint();
    return {"jail", CheckStatus::failure, jail.error().message(),
            (hint.empty() ? "" : hint + "; or ") + "--unsafe-no-jail, at your own risk"};
  }
  Check check{"jail", CheckStatus::ok, "", ""};
  for (const std::string& layer : (*jail)->layers()) check.finding += (check.finding.empty() ? "" : " ") + layer;
  if ((*jail)->user() == JailUser::namespaced) check.finding += "; as an ordinary user, all machines share its uid";
  return check;
}

Check check_uids(const Settings& settings) {
  const UidRange& range = settings.containment.vmm_uids;
  Check check{"uids", CheckStatus::ok, std::to_string(range.first) + " to " + std::to_string(range.first + range.count - 1), ""};
  if (::geteuid() != 0) return {"uids", CheckStatus::ok, "an ordinary user's VMMs have its uid", ""};
  std::string taken = account_in(range);
  if (taken.empty()) taken = stranger_in(range);
  for (const char* file : {"/etc/subuid", "/etc/subgid"}) {
    if (taken.empty() && range.overlaps_subordinate(read_or_empty(file))) taken = std::string("a range in ") + file;
  }
  if (taken.empty()) return check;
  check.status = CheckStatus::warning;
  check.finding += ", of which others have some: " + taken;
  check.remedy = "name a range that nobody has: --vmm-uids BASE:COUNT";
  return check;
}

std::vector<Check> check_hardening() {
  std::vector<Check> checks;
  for (Advice& advice : advise(HostFacts::gather())) {
    const CheckStatus status = advice.remedy.empty() ? CheckStatus::ok : CheckStatus::warning;
    checks.push_back({std::move(advice.name), status, std::move(advice.finding), std::move(advice.remedy)});
  }
  return checks;
}

Check check_home(const Settings& settings) {
  Check check{"state", CheckStatus::ok, settings.home, ""};
  struct statfs fs {};
  if (::access(settings.home.c_str(), F_OK) != 0) {
    return {"state", CheckStatus::failure, settings.home + " is not there", "scripts/setup makes it; or set MAYFLY_HOME (or --home)"};
  }
  if (::access(settings.home.c_str(), W_OK) != 0 || ::statfs(settings.home.c_str(), &fs) != 0) {
    return {"state", CheckStatus::failure, settings.home + " cannot be written",
            "set MAYFLY_HOME (or --home) to a directory of yours"};
  }
  if (auto trusted = check_home_trusted(settings.home); !trusted) {
    return {"state", CheckStatus::failure, trusted.error().message(), trusted.error().hint()};
  }
  const auto free_mib = static_cast<std::int64_t>(fs.f_bavail) * fs.f_bsize >> 20;
  check.finding += ", " + std::to_string(free_mib) + " MiB free";
  if (fs.f_type == TMPFS_MAGIC) {
    check.status = CheckStatus::warning;
    check.finding += ", on tmpfs";
    check.remedy = "what tasks write to disk will take memory: put it on a disk";
  }
  return check;
}

}  // namespace mayfly
