// SPDX-License-Identifier: Apache-2.0
#include "path_walk.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <climits>
#include <filesystem>

#include "sys/files.h"

namespace mayfly {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel's
constexpr int kDirectory = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

class Walk {
 public:
  Walk(const std::string& path, MissingDirectories missing, const CheckPlace& check) : path_(path), missing_(missing), check_(check), rest_(path) {}

  Result<PathEnd> run() {
    if (path_.empty()) return Error("the name of a file is empty", ENOENT);
    if (auto begun = begin(); !begun) return std::move(begun).error();
    while (!done_) {
      if (auto taken = take(next_name()); !taken) return std::move(taken).error();
    }
    return std::move(end_);
  }

 private:
  Result<void> begin() {
    const std::string first = rest_[0] == '/' ? "/" : ".";
    auto directory = open_file(first, O_PATH | O_DIRECTORY);
    if (!directory) return std::move(directory).error();
    return enter(*std::move(directory), first);
  }

  std::string next_name() {
    const std::size_t begin = rest_.find_first_not_of('/');
    if (begin == std::string::npos) return rest_.clear(), "";
    const std::size_t slash = rest_.find('/', begin);
    std::string name = rest_.substr(begin, slash - begin);
    rest_ = slash == std::string::npos ? "" : rest_.substr(slash);
    return name;
  }

  Result<void> take(const std::string& name) {
    done_ = rest_.empty();
    if (name.empty() || name == ".") return {};
    if (name == "..") return enter_by_name(name);
    Fd there(::openat(end_.directory.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!there && errno == ENOENT) return take_missing(name);
    if (!there || ::fstat(there.get(), &end_.status) < 0) return failed(errno);
    if (!done_ && S_ISDIR(end_.status.st_mode)) return enter(std::move(there), place_of(name));
    if (auto fine = check_(there.get(), end_.status, place_of(name), !done_); !fine) return fine;
    if (S_ISLNK(end_.status.st_mode)) return follow(name);
    if (!done_) return failed(ENOTDIR);
    end_.name = name;
    end_.there = std::move(there);
    return {};
  }

  std::string place_of(const std::string& name) const { return std::filesystem::path(where_) / name; }

  Result<void> enter(Fd directory, const std::string& place) {
    struct stat status {};
    if (::fstat(directory.get(), &status) < 0) return failed(errno);
    if (auto fine = check_(directory.get(), status, place, !done_); !fine) return fine;
    end_.directory = std::move(directory);
    where_ = place;
    return {};
  }

  Result<void> enter_by_name(const std::string& name) {
    Fd directory(::openat(end_.directory.get(), name.c_str(), kDirectory));
    if (!directory) return failed(errno);
    return enter(std::move(directory), std::filesystem::path(place_of(name)).lexically_normal());
  }

  Result<void> take_missing(const std::string& name) {
    if (missing_ == MissingDirectories::refuse && !done_) return failed(ENOENT);
    if (missing_ == MissingDirectories::refuse) {
      end_.name = name;
      return {};
    }
    if (::mkdirat(end_.directory.get(), name.c_str(), 0700) < 0) return failed(errno);
    if (auto entered = enter_by_name(name); !entered) return entered;
    // fchmod(2) takes no O_PATH; a umask may have taken our own rights away.
    if (::chmod(("/proc/self/fd/" + std::to_string(end_.directory.get())).c_str(), 0700) < 0) return failed(errno);
    return {};
  }

  Result<void> follow(const std::string& name) {
    if (++links_ > kMaxLinks) return failed(ELOOP);
    if (done_ && take_descriptor(name)) return {};
    char target[PATH_MAX];
    const ssize_t length = ::readlinkat(end_.directory.get(), name.c_str(), target, sizeof target);
    if (length < 0) return failed(errno);
    rest_ = std::string(target, static_cast<std::size_t>(length)) + (done_ ? "" : "/" + rest_);
    done_ = false;
    return rest_[0] == '/' ? begin() : Result<void>();
  }

  // The links of /proc/self/fd are not what they read as: a pipe or a deleted file has no path.
  bool take_descriptor(const std::string& name) {
    struct statfs file_system {};
    struct stat here {}, ours {};
    if (::fstatfs(end_.directory.get(), &file_system) < 0 || file_system.f_type != PROC_SUPER_MAGIC) return false;
    if (::fstat(end_.directory.get(), &here) < 0 || ::stat("/proc/self/fd", &ours) < 0) return false;
    if (here.st_dev != ours.st_dev || here.st_ino != ours.st_ino) return false;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), end_.descriptor);
    return error == std::errc() && end == name.data() + name.size();
  }

  Error failed(int error) const { return Error::system(path_, error); }

  const std::string& path_;
  MissingDirectories missing_;
  const CheckPlace& check_;
  std::string where_;  // end_.directory, without links
  std::string rest_;
  bool done_ = false;
  int links_ = 0;
  PathEnd end_;
};

}  // namespace

bool is_ours(uid_t uid) {
  struct stat top {};
  return uid == ::geteuid() || uid == 0 || (::stat("/", &top) == 0 && uid == top.st_uid);
}

Result<void> refuse_links_of_others(int, const struct stat& status, const std::string& place, bool) {
  if (!S_ISLNK(status.st_mode) || is_ours(status.st_uid)) return {};
  return Error(place + " is a link that another user made (uid " + std::to_string(status.st_uid) + ")", EPERM)
      .hint("name the place itself instead of the link");
}

Result<PathEnd> walk_path(const std::string& path, MissingDirectories missing, const CheckPlace& check) {
  return Walk(path, missing, check).run();
}

}  // namespace mayfly
