// SPDX-License-Identifier: Apache-2.0
// Checks of the computer and its kernel.
#include <bpf/libbpf.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/magic.h>

#include <cstdlib>
#include <string>

#include "doctor_checks.h"
#include "ring/ring.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxProcFile = 1 << 20;
constexpr std::int64_t kMachineMib = 600;  // a default machine with its QEMU
constexpr const char* kCgroupMount = "/sys/fs/cgroup";

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

// The number behind "<key>" in /proc/meminfo, in MiB.
std::int64_t meminfo_mib(const std::string& key) {
  const std::string text = read_or_empty("/proc/meminfo");
  const std::size_t at = text.find(key + ":");
  return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + key.size() + 1) / 1024;
}

int quiet(libbpf_print_level, const char*, va_list) { return 0; }

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

Check check_cgroups() {
  const std::string v2 = read_or_empty(std::string(kCgroupMount) + "/cgroup.controllers");
  const bool writable = ::access(kCgroupMount, W_OK) == 0;
  Check check{"cgroups", CheckStatus::warning, "", "not used by this version: it limits time and output only"};
  if (!v2.empty()) {
    check.finding = "v2 with " + v2;
  } else if (exists(std::string(kCgroupMount) + "/memory")) {
    check.finding = "v1";
  } else {
    check.finding = "none mounted at " + std::string(kCgroupMount);
  }
  if (!writable) check.finding += ", not writable for this user";
  return check;
}

Check check_bpf() {
  ::libbpf_set_print(quiet);
  const bool tracing = ::libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_RAW_TRACEPOINT, nullptr) == 1;
  const bool lsm = read_or_empty("/sys/kernel/security/lsm").find("bpf") != std::string::npos;
  const bool btf = exists("/sys/kernel/btf/vmlinux");
  Check check{"bpf", CheckStatus::warning, "", "not used by this version: escapes are not watched for"};
  check.finding = std::string(tracing ? "tracing programs load" : "programs do not load for this user") +
                  (btf ? ", BTF" : ", no BTF") + (lsm ? ", BPF LSM" : ", no BPF LSM");
  return check;
}

Check check_jail() {
  return {"jail", CheckStatus::warning, "QEMU runs as this user, behind its own seccomp filter only",
          "this version has no jail: run mayfly as an unprivileged user with access to /dev/kvm"};
}

Check check_home(const Settings& settings) {
  Check check{"state", CheckStatus::ok, settings.home, ""};
  struct statfs fs {};
  if (!make_directories(settings.home) || ::access(settings.home.c_str(), W_OK) != 0 ||
      ::statfs(settings.home.c_str(), &fs) != 0) {
    return {"state", CheckStatus::failure, settings.home + " cannot be written",
            "set MAYFLY_HOME (or --home) to a directory of yours"};
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
