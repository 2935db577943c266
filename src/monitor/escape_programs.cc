// SPDX-License-Identifier: Apache-2.0
#include "escape_programs.h"

#include <bpf/libbpf.h>
#include <escape_monitor.skel.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/files.h"

namespace mayfly {
namespace {

constexpr const char* kActiveLsms = "/sys/kernel/security/lsm";
constexpr const char* kKernelTypes = "/sys/kernel/btf/vmlinux";
constexpr std::size_t kMaxLsmList = 4096;

// What went wrong is in our errors, not on libbpf's stderr.
int print_nothing(libbpf_print_level, const char*, va_list) { return 0; }

Error cannot_load(int code) {
  Error error = Error::system("load BPF programs", code);
  if (code == EPERM) {
    return std::move(error).hint("run as root or with CAP_BPF and CAP_PERFMON; in a container also allow bpf(2)");
  }
  if (code == ENOSYS) return std::move(error).hint("it takes a kernel with CONFIG_BPF_SYSCALL=y");
  if (::access(kKernelTypes, R_OK) != 0) {
    return std::move(error).hint("it takes a kernel with CONFIG_DEBUG_INFO_BTF=y, and /sys mounted");
  }
  return std::move(error).hint("it takes Linux 5.15 or newer with CONFIG_BPF_EVENTS=y");
}

Error cannot_use_lsm(const std::string& why) {
  auto active = read_file(kActiveLsms, kMaxLsmList);
  std::string parameter = active ? "lsm=" + *active + ",bpf" : "bpf in its lsm= parameter";
  if (active && ("," + *active + ",").find(",bpf,") != std::string::npos) parameter = "lsm=" + *active;
  return Error("BPF LSM: " + why).hint("boot a kernel with CONFIG_BPF_LSM=y and " + parameter);
}

}  // namespace

EscapePrograms::EscapePrograms(escape_skeleton* skeleton, bool lsm)
    : skeleton_(skeleton, escape_skeleton__destroy), lsm_(lsm) {}

Result<std::unique_ptr<EscapePrograms>> EscapePrograms::load(bool lsm, const EscapeMonitorOptions& options) {
  ::libbpf_set_print(print_nothing);
  if (lsm && ::libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_LSM, nullptr) != 1) {
    return cannot_use_lsm("the kernel refuses such programs");
  }
  std::unique_ptr<EscapePrograms> programs(new EscapePrograms(escape_skeleton__open(), lsm));
  if (!programs->skeleton_) return cannot_load(errno);
  programs->select_programs(options.watch_syscalls);
  programs->skeleton_->rodata->watch_reads = options.watch_reads;
  if (auto done = programs->allow_syscalls(options.allowed_syscalls); !done) return std::move(done).error();
  if (auto done = programs->hold_files(options.readable_files); !done) return std::move(done).error();
  if (auto done = programs->start(); !done) return std::move(done).error();
  return programs;
}

Result<std::unique_ptr<EscapePrograms>> EscapePrograms::load_best(const EscapeMonitorOptions& options) {
  if (options.allow_lsm) {
    if (auto programs = load(true, options)) return programs;
  }
  return load(false, options);
}

void EscapePrograms::select_programs(bool watch_syscalls) {
  const auto& programs = skeleton_->progs;
  for (bpf_program* program : {programs.refuse_open, programs.refuse_create}) {
    ::bpf_program__set_autoload(program, lsm_);
  }
  ::bpf_map__set_autocreate(skeleton_->maps.readable, lsm_);
  ::bpf_program__set_autoload(programs.on_syscall, watch_syscalls);
}

Result<void> EscapePrograms::allow_syscalls(const std::vector<int>& numbers) {
  for (const int number : numbers) {
    if (number < 0 || number >= ESCAPE_MAX_SYSCALLS) return Error("no such system call: " + std::to_string(number));
    skeleton_->rodata->allowed_syscalls[number / 64] |= std::uint64_t{1} << (number % 64);
  }
  return {};
}

Result<void> EscapePrograms::hold_files(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    auto fd = open_file(path, O_PATH);
    if (!fd) return std::move(fd).error();
    readable_.push_back(*std::move(fd));
  }
  return {};
}

Result<void> EscapePrograms::start() {
  int status = escape_skeleton__load(skeleton_.get());
  if (status == 0) status = escape_skeleton__attach(skeleton_.get());
  if (status < 0) return lsm_ ? cannot_use_lsm(std::strerror(-status)) : cannot_load(-status);
  if (!lsm_) return {};
  if (!kernel_calls_lsm()) return cannot_use_lsm("the kernel takes such programs but does not call them");
  return mark_files();
}

Result<void> EscapePrograms::mark_files() {
  const __u32 mark = 1;
  for (const Fd& file : readable_) {
    const int fd = file.get();
    const int status =
        ::bpf_map__update_elem(skeleton_->maps.readable, &fd, sizeof fd, &mark, sizeof mark, BPF_ANY);
    if (status < 0) return Error::system("mark a readable file", -status);
  }
  return {};
}

bool EscapePrograms::kernel_calls_lsm() const {
  const Fd any(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return *static_cast<volatile bool*>(&skeleton_->bss->lsm_was_called);
}

int EscapePrograms::events_fd() const { return ::bpf_map__fd(skeleton_->maps.events); }

std::uint64_t EscapePrograms::lost() const { return *static_cast<volatile __u64*>(&skeleton_->bss->lost); }

Result<void> EscapePrograms::add_machine(std::uint64_t cgroup_id, std::uint64_t machine) {
  const escape_machine entry{.machine = machine, .lost = 0, .lost_kind = 0, .lost_pid = 0, .unused = 0};
  const int status =
      ::bpf_map__update_elem(skeleton_->maps.machines, &cgroup_id, sizeof cgroup_id, &entry, sizeof entry, BPF_ANY);
  if (status < 0) return Error::system("arm the escape monitor", -status);
  return {};
}

void EscapePrograms::remove_machine(std::uint64_t cgroup_id) {
  ::bpf_map__delete_elem(skeleton_->maps.machines, &cgroup_id, sizeof cgroup_id, 0);
}

std::optional<escape_machine> EscapePrograms::find_machine(std::uint64_t cgroup_id) const {
  escape_machine entry;
  const int status =
      ::bpf_map__lookup_elem(skeleton_->maps.machines, &cgroup_id, sizeof cgroup_id, &entry, sizeof entry, 0);
  return status < 0 ? std::nullopt : std::optional(entry);
}

}  // namespace mayfly
