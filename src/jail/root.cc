// SPDX-License-Identifier: Apache-2.0
#include "root.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>

#include "linked_files.h"
#include "sys/files.h"

namespace mayfly {
namespace {

// Where the new root is put together: a folder that every host has. What was mounted there
// before is only hidden in our own namespace.
constexpr const char* kWorkshop = "/dev";

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// --- In the child, which may take its time and allocate --------------------------------------------

struct Step {
  std::string what;
  int error = 0;
};

Fd clone_mount(const std::string& path, unsigned flags = 0) {
  return Fd(static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags)));
}

// A path without its first '/', below the workshop, which is the working directory.
std::string inside(const std::string& path) { return path.substr(1); }

// Folders that everybody may enter, and an empty file that everybody may read.
bool make_place(const std::string& path, bool directory) {
  const std::string place = inside(path);
  const std::string folder = directory ? place : std::string(std::filesystem::path(place).parent_path());
  if (auto made = folder.empty() ? Result<void>() : make_directories(folder, 0755); !made) return errno = made.error().code(), false;
  return directory || Fd(::open(place.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0444));
}

// Where the device is that a process makes for itself.
std::string own_device(const std::string& path) { return kOwnDevices / std::filesystem::path(path).filename(); }

class RootMaker {
 public:
  explicit RootMaker(const RootContents& contents) : contents_(contents) {}

  // Empty: done.
  std::optional<Step> make() {
    if (::unshare(CLONE_NEWNS | CLONE_NEWNET) < 0) return failed("unshare the mount and network namespaces");
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) < 0) return failed("make mounts private");
    // What lies where the root will be put together is taken before it is hidden.
    for (const std::string& device : contents_.devices) device_trees_.push_back(clone_mount(device));
    if (::mount("mayfly", kWorkshop, "tmpfs", 0, "mode=0755,size=1m") < 0) return failed("mount a tmpfs");
    if (::chdir(kWorkshop) < 0) return failed("enter the tmpfs");
    if (auto step = add_files()) return step;
    for (const std::string& device : contents_.devices) {
      if (auto step = add_device(device)) return step;
    }
    return become_root();
  }

 private:
  static Step failed(std::string what) { return {std::move(what), errno}; }

  std::optional<Step> add_files() {
    for (const auto* list : {&contents_.executables, &contents_.files, &contents_.trees}) {
      for (const std::string& path : *list) {
        if (auto step = attach(path, clone_mount(path), list == &contents_.trees)) return step;
      }
    }
    // A process in here mounts a proc of its own PID namespace over it; who is not root may do so
    // only where one can be seen already.
    return attach("/proc", clone_mount("/proc", AT_RECURSIVE), true);
  }

  static std::optional<Step> attach(const std::string& path, const Fd& tree, bool directory) {
    if (!tree) return failed("open " + path);
    if (!make_place(path, directory)) return failed("make a place for " + path);
    if (path != "/proc" && !restrict(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)) {
      return failed("make " + path + " read-only");
    }
    if (!move_here(tree, path)) return failed("mount " + path);
    return std::nullopt;
  }

  static bool move_here(const Fd& tree, const std::string& path) {
    return ::syscall(SYS_move_mount, tree.get(), "", AT_FDCWD, inside(path).c_str(), MOVE_MOUNT_F_EMPTY_PATH) == 0;
  }

  static bool restrict(const Fd& mount, std::uint64_t attributes) {
    mount_attr change{};
    change.attr_set = attributes;
    return ::syscall(SYS_mount_setattr, mount.get(), "", AT_EMPTY_PATH, &change, sizeof change) == 0;
  }

  // A link to what each process makes for itself; where it could not, the host's device.
  std::optional<Step> add_device(const std::string& path) {
    const Fd tree = std::move(device_trees_[next_device_++]);
    struct stat host {};
    if (::fstat(tree.get(), &host) < 0) return failed("find " + path);
    if (nodes_work(host.st_rdev)) {
      if (!make_place(kOwnDevices, true)) return failed(std::string("make ") + kOwnDevices);
      return ::symlink(own_device(path).c_str(), inside(path).c_str()) == 0 ? std::nullopt : std::optional(failed("link " + path));
    }
    if (!make_place(path, false)) return failed("make a place for " + path);
    if (!move_here(tree, path)) return failed("mount " + path);
    return std::nullopt;
  }

  // In a user namespace other than the first they can be made nowhere, or cannot be opened.
  static bool nodes_work(dev_t number) {
    constexpr const char* kTrial = "trial";
    const bool work = ::mknod(kTrial, S_IFCHR | 0600, number) == 0 && Fd(::open(kTrial, O_RDWR | O_CLOEXEC));
    ::unlink(kTrial);
    return work;
  }

  std::optional<Step> become_root() {
    if (::syscall(SYS_pivot_root, ".", ".") < 0) return failed("pivot_root");
    if (::umount2(".", MNT_DETACH) < 0) return failed("let go of the old root");
    if (::chdir("/") < 0) return failed("enter the new root");
    const Fd root(::open("/", O_PATH | O_CLOEXEC));
    if (!restrict(root, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)) return failed("make the root read-only");
    return std::nullopt;
  }

  const RootContents& contents_;
  std::vector<Fd> device_trees_;
  std::size_t next_device_ = 0;
};

// --- In the parent --------------------------------------------------------------------------------

Result<Fd> open_namespace(pid_t pid, const char* which) {
  return open_file("/proc/" + std::to_string(pid) + "/ns/" + which, O_RDONLY);
}

Result<void> find_devices(const std::string& inside_root, const RootContents& contents, JailRoot& root) {
  for (const std::string& device : contents.devices) {
    auto fd = open_file(inside_root + device, O_PATH | O_NOFOLLOW);
    struct stat host {}, inner {};
    if (!fd || ::fstat(fd->get(), &inner) < 0 || ::stat(device.c_str(), &host) < 0) return Error::system("find " + device, errno);
    if (S_ISLNK(inner.st_mode)) {
      root.own_devices.push_back({own_device(device), host.st_rdev});
      fd = open_file(inside_root + std::string(std::filesystem::path(kOwnDevices).parent_path()), O_PATH);
      if (!fd) return std::move(fd).error();
    }
    root.devices.push_back(*std::move(fd));
  }
  return {};
}

// The child says one byte when all is done, or "E<errno> <what>".
Result<JailRoot> collect(pid_t pid, int report, const RootContents& contents) {
  char text[512];
  const ssize_t size = ::read(report, text, sizeof text - 1);
  text[std::max<ssize_t>(size, 0)] = '\0';
  if (text[0] != '.') {
    char* what = nullptr;
    const int code = text[0] == 'E' ? static_cast<int>(std::strtol(text + 1, &what, 10)) : ECHILD;
    return Error::system(what && *what ? what + 1 : "prepare the root of the jail", code);
  }
  auto mounts = open_namespace(pid, "mnt");
  if (!mounts) return std::move(mounts).error();
  auto network = open_namespace(pid, "net");
  if (!network) return std::move(network).error();
  JailRoot root{*std::move(mounts), *std::move(network), {}, {}};
  if (auto found = find_devices("/proc/" + std::to_string(pid) + "/root", contents, root); !found) return std::move(found).error();
  return root;
}

[[noreturn]] void be_root_maker(const RootContents& contents, int report, int wait) {
  ::umask(0);  // the modes of what is made are those that are asked for
  const auto step = RootMaker(contents).make();
  const std::string text = step ? "E" + std::to_string(step->error) + " " + step->what : ".";
  [[maybe_unused]] const ssize_t written = ::write(report, text.data(), text.size());
  char ignored = 0;
  [[maybe_unused]] const ssize_t ended = ::read(wait, &ignored, 1);  // until the parent has them
  ::_exit(0);
}

void add_existing(std::vector<std::string>& out, const std::string& path) {
  if (exists(path)) out.push_back(std::filesystem::path(path).lexically_normal());
}

// The prefix of /usr/bin/qemu is /usr.
std::string below_prefix(const std::string& program, const std::string& path) {
  if (path.starts_with('/')) return path;
  return std::filesystem::path(program).parent_path().parent_path() / path;
}

void remove_repeated(std::vector<std::string>& paths) {
  std::set<std::string> seen;
  std::erase_if(paths, [&](const std::string& path) { return !seen.insert(path).second; });
}

}  // namespace

Result<RootContents> find_contents(const Profile& profile, const std::string& program) {
  RootContents contents;
  std::vector<std::string> modules;
  for (const std::string& module : profile.modules) add_existing(modules, below_prefix(program, module));
  auto linked = linked_files(program, modules);
  if (!linked) return std::move(linked).error();
  contents.executables = *std::move(linked);
  contents.executables.push_back(program);
  contents.executables.insert(contents.executables.end(), modules.begin(), modules.end());
  for (const std::string& file : profile.files) add_existing(contents.files, below_prefix(program, file));
  for (const std::string& tree : profile.trees) add_existing(contents.trees, tree);
  for (const DeviceRule& device : profile.devices) add_existing(contents.devices, device.path);
  remove_repeated(contents.executables);
  return contents;
}

Result<JailRoot> make_root(const RootContents& contents) {
  auto report = make_pipe();
  auto wait = make_pipe();
  if (!report || !wait) return Error::system("pipe2", errno);
  const pid_t pid = ::fork();
  if (pid < 0) return Error::system("fork", errno);
  if (pid == 0) {
    wait->second.reset();
    be_root_maker(contents, report->second.get(), wait->first.get());
  }
  report->second.reset();
  auto root = collect(pid, report->first.get(), contents);
  wait->second.reset();
  ::waitpid(pid, nullptr, 0);
  return root;
}

}  // namespace mayfly
