// SPDX-License-Identifier: Apache-2.0
#include "jail/jail.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "jail/confinement.h"
#include "landlock.h"
#include "root.h"
#include "sys/files.h"
#include "sys/process.h"
#include "syscall_filter.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxComplaint = 4096;

struct Capability {
  int number;
  const char* name;
};

// What root needs to put a process into the jail, and to end it there; see capabilities(7).
constexpr Capability kNeeded[] = {{CAP_SYS_ADMIN, "SYS_ADMIN"}, {CAP_SYS_CHROOT, "SYS_CHROOT"}, {CAP_CHOWN, "CHOWN"},
                                  {CAP_SETUID, "SETUID"},       {CAP_SETGID, "SETGID"},         {CAP_KILL, "KILL"}};

// Our effective set, a bit each.
std::uint64_t capabilities() {
  const auto status = read_file("/proc/self/status", 1 << 16);
  const std::size_t at = status ? status->find("CapEff:") : std::string::npos;
  return at == std::string::npos ? 0 : std::strtoull(status->c_str() + at + 7, nullptr, 16);
}

bool has_capability(int number) { return (capabilities() >> number & 1) != 0; }

Result<void> check_capabilities() {
  std::string missing, options;
  for (const Capability& needed : kNeeded) {
    if (has_capability(needed.number)) continue;
    missing += std::string(missing.empty() ? "" : ", ") + needed.name;
    options += std::string(" --cap-add ") + needed.name;
  }
  if (missing.empty()) return {};
  return Error("root without the capability " + missing, EPERM)
      .hint("a container gets it by docker run" + options + " (SYS_ADMIN also wants --security-opt seccomp=unconfined and "
            "--security-opt systempaths=unconfined); an ordinary user needs none of them, where there are user namespaces");
}

Result<void> write_text(const std::string& path, const std::string& text) {
  const auto fd = open_file(path, O_WRONLY);
  if (!fd) return fd.error();
  if (::write(fd->get(), text.data(), text.size()) < 0) return Error::system("write " + path, errno);
  return {};
}

// Since Linux 5.14, RLIMIT_NPROC counts a user's threads in each user namespace; before, all that the user has anywhere.
bool counts_threads_by_namespace() {
  utsname system{};
  int major = 0, minor = 0;
  return ::uname(&system) == 0 && std::sscanf(system.release, "%d.%d", &major, &minor) == 2 && std::pair(major, minor) >= std::pair(5, 14);
}

std::int64_t highest_pid() {
  const auto text = read_file("/proc/sys/kernel/pid_max", 64);
  return text ? std::strtoll(text->c_str(), nullptr, 10) : 0;
}

Error no_user_namespace(int code) {
  return Error::system("make a user namespace", code)
      .hint("an ordinary user needs them (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0, "
            "kernel.apparmor_restrict_unprivileged_userns=0), or run mayfly as root");
}

// The first of them that only its owner and its group may open; empty where there is none.
std::string find_closed_device(const std::vector<std::string>& devices) {
  constexpr mode_t kForAll = S_IROTH | S_IWOTH;
  for (const std::string& device : devices) {
    struct stat status {};
    if (::stat(device.c_str(), &status) == 0 && (status.st_mode & kForAll) != kForAll) return device;
  }
  return {};
}

Error in_container(Error error) {
  const int code = error.code();
  if (code != EPERM && code != EACCES && code != EINVAL && code != ENOSYS) return error;
  return std::move(error).hint("inside a container mayfly needs the capability SYS_ADMIN and an unmasked /proc, or user namespaces "
                               "(docker run --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt systempaths=unconfined)");
}

}  // namespace

Jail::Jail() = default;
Jail::~Jail() = default;

Result<std::unique_ptr<Jail>> Jail::open(const JailOptions& options) {
  std::unique_ptr<Jail> jail(new Jail);
  for (const auto step : {0, 1, 2}) {
    auto done = step == 0 ? jail->become_capable() : step == 1 ? jail->prepare(options) : jail->try_out();
    if (!done) return std::move(done).error().context("the jail cannot be set up");
  }
  return jail;
}

// root's capabilities, or those over a user namespace of our own, in which we are who we are.
Result<void> Jail::become_capable() {
  uid_ = ::geteuid();
  gid_ = ::getegid();
  if (uid_ == 0) return check_capabilities();
  user_ = JailUser::namespaced;
  counts_threads_ = counts_threads_by_namespace();
  if (has_capability(CAP_SYS_ADMIN)) return {};  // an earlier jail of this process has done it
  if (::unshare(CLONE_NEWUSER) < 0) return no_user_namespace(errno);
  const std::string uid = std::to_string(uid_), gid = std::to_string(gid_);
  if (auto denied = write_text("/proc/self/setgroups", "deny"); !denied) return denied;
  if (auto mapped = write_text("/proc/self/uid_map", uid + " " + uid + " 1"); !mapped) return mapped;
  return write_text("/proc/self/gid_map", gid + " " + gid + " 1");
}

Result<void> Jail::prepare(const JailOptions& options) {
  profile_ = options.profile;
  uids_ = options.uids;
  if (user_ == JailUser::dedicated) {
    if (auto enough = uids_.check_size(highest_pid()); !enough) return enough;
  }
  auto filter = make_syscall_filter(options.profile);
  if (!filter) return std::move(filter).error();
  filter_ = *std::move(filter);
  auto contents = find_contents(options.profile, options.program);
  if (!contents) return std::move(contents).error();
  auto rules = LandlockRules::create();
  if (!rules) return std::move(rules).error();
  const auto add_all = [&](const std::vector<std::string>& paths, FileUse use) -> Result<void> {
    for (const std::string& path : paths) {
      if (auto added = rules->add(path, use); !added) return added;
      files_.push_back(path);
    }
    return {};
  };
  if (auto added = add_all(contents->executables, FileUse::execute); !added) return added;
  if (auto added = add_all(contents->files, FileUse::read); !added) return added;
  if (auto added = add_all(contents->trees, FileUse::execute); !added) return added;
  for (int fd : options.readable) {
    // Landlock has no rules for files that no path leads to: whoever has them may open them.
    if (auto added = rules->add(fd, FileUse::read); !added && added.error().code() != EBADFD) return added;
  }
  auto root = make_root(*contents);
  if (!root) return in_container(std::move(root).error());
  for (const Fd& device : root->devices) {
    if (auto added = rules->add(device.get(), FileUse::device); !added) return added;
  }
  if (user_ == JailUser::dedicated && root->own_devices.empty()) closed_device_ = find_closed_device(contents->devices);
  landlock_ = std::move(*rules).take();
  mounts_ = std::move(root->mounts);
  network_ = std::move(root->network);
  own_devices_ = std::move(root->own_devices);
  layers_ = {profile_.name, "pid", "mount", "net", "ipc", "uts", "user", "cgroup", "landlock:" + std::to_string(landlock_abi()),
             "seccomp", "rlimits", "no_new_privs"};
  if (user_ == JailUser::dedicated) layers_.push_back("uid");
  return {};
}

Result<void> Jail::check_devices() const {
  if (closed_device_.empty()) return {};
  return Error(closed_device_ + " is not for every user, and QEMU is one of its own here; "
               "root without the capability MKNOD cannot make it a device of its own", EACCES)
      .hint("a container gets it by docker run --cap-add MKNOD");
}

// Where the host's own are in the shared root, they can be opened still, and nothing can be done with them.
Result<void> Jail::leave_out_devices() {
  own_devices_.clear();
  profile_.devices.clear();
  auto filter = make_syscall_filter(profile_);
  if (!filter) return std::move(filter).error();
  filter_ = *std::move(filter);
  return {};
}

// Goes all the way, up to an execve of what is no program.
Result<void> Jail::try_out() const {
  auto confinement = Confinement::create(this, nullptr, {.file_bytes = 1 << 20});
  auto complaint = make_pipe();
  if (!confinement) return std::move(confinement).error();
  if (!complaint) return std::move(complaint).error();
  ProcessSpec spec;
  spec.path = "/";
  spec.argv = {"/"};
  spec.stderr_fd = complaint->second.get();
  spec.setup = &*confinement;
  auto process = Process::spawn(spec);
  if (!process) return in_container(std::move(process).error());
  complaint->second.reset();
  process->wait();
  const auto killed = process->kill(SIGKILL);  // who has ended, but was not reaped, can be sent a signal by those who may
  const auto end = process->reap();
  if (!killed) return Error(killed.error()).context("a jailed process cannot be ended");
  std::string text(kMaxComplaint, '\0');
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(complaint->first.get(), text.data(), text.size()), 0)));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.compare(text.rfind('\n') + 1, 3, "/: ") == 0) return {};  // only execve has failed
  return in_container(Error(text.empty() ? "a jailed process died at once" : text));
}

std::vector<int> Jail::allowed_syscalls() const {
  std::vector<int> numbers;
  for (const SyscallRule& rule : profile_.syscalls) {
    const int number = ::seccomp_syscall_resolve_name(rule.name.c_str());
    if (number >= 0) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace mayfly
