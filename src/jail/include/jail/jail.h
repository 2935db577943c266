// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <linux/filter.h>

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "jail/profile.h"
#include "jail/uid_range.h"

namespace mayfly {

struct OwnDevice;

// How a jailed process gets a user of its own.
enum class JailUser {
  dedicated,  // we are root: each has a uid that no other process has
  namespaced,  // we are an ordinary user: it has ours, in a namespace where that is worth nothing
};

struct JailOptions {
  Profile profile;
  std::string program;       // what will be executed, by its real path
  // Open files that it may open once more, by /proc/self/fd. (Memory files need not be named.)
  std::vector<int> readable;
  UidRange uids;             // for JailUser::dedicated
};

// What all jailed processes of this mayfly share, prepared once: a read-only root, a network
// namespace without a network, Landlock's rules, the filter of system calls. A Confinement puts
// one process in it. Open it before this process has threads (io_uring's count): an ordinary
// user's mayfly moves into a user namespace of its own, to be allowed what root may do.
class Jail {
 public:
  // Tries the whole of it out on a child. An error names the first thing that is missing on
  // this host, and how to get it.
  static Result<std::unique_ptr<Jail>> open(const JailOptions& options);
  ~Jail();

  // An error where jailed processes could not open the profile's devices, which says what is missing.
  Result<void> check_devices() const;

  // From now on, as where there are no devices. Before the first process is confined.
  Result<void> leave_out_devices();

  // What it does, for the receipt: the profile's name, namespaces, and so on.
  const std::vector<std::string>& layers() const { return layers_; }
  JailUser user() const { return user_; }
  // Files that are in the root, by path: for who watches what is opened.
  const std::vector<std::string>& files() const { return files_; }
  // Numbers of the system calls that the profile allows in any form.
  std::vector<int> allowed_syscalls() const;

 private:
  friend class Confinement;
  Jail();
  Result<void> become_capable();
  Result<void> prepare(const JailOptions& options);
  Result<void> try_out() const;

  JailUser user_ = JailUser::dedicated;
  uid_t uid_ = 0;  // ours, for JailUser::namespaced
  gid_t gid_ = 0;
  UidRange uids_;  // for JailUser::dedicated
  bool counts_threads_ = true;  // RLIMIT_NPROC is for one jailed process alone
  Fd mounts_;
  Fd network_;
  std::vector<OwnDevice> own_devices_;
  std::string closed_device_;  // the host's own, which is not for the users that jailed processes are
  Fd landlock_;
  std::vector<sock_filter> filter_;
  std::vector<std::string> layers_;
  std::vector<std::string> files_;
  Profile profile_;
};

}  // namespace mayfly
