// SPDX-License-Identifier: Apache-2.0
#include "landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "sys/files.h"

namespace mayfly {
namespace {

// include/uapi/linux/landlock.h, whose older versions lack what newer kernels know.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr unsigned kAskVersion = 1, kRulePathBeneath = 1;

struct RulesetAttributes {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;  // since version 4
  std::uint64_t scoped = 0;              // since version 6
};

struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed_access;
  std::int32_t parent_fd;
};

constexpr std::uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadDirectory = 1 << 3,
                        kIoctlDevice = 1 << 15;

// All rights on files that a version knows: 13 in the first, then one more each for linking
// across folders, truncating, and ioctl on devices.
std::uint64_t rights_on_files(int abi) {
  const int count = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;
  return (std::uint64_t{1} << count) - 1;
}

std::size_t attributes_size(int abi) {
  return abi >= 6 ? sizeof(RulesetAttributes) : abi >= 4 ? offsetof(RulesetAttributes, scoped) : offsetof(RulesetAttributes, handled_access_net);
}

std::uint64_t rights_for(FileUse use, int abi, bool directory) {
  std::uint64_t rights = kReadFile;
  if (directory && use != FileUse::device) rights |= kReadDirectory;
  if (use == FileUse::execute) rights |= kExecute;
  if (use == FileUse::device) rights |= kWriteFile | kIoctlDevice;
  return rights & rights_on_files(abi);
}

}  // namespace

int landlock_abi() {
  const long abi = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return static_cast<int>(std::max(abi, 0L));
}

Result<LandlockRules> LandlockRules::create() {
  const int abi = landlock_abi();
  if (abi == 0) {
    return Error("Landlock is not there").hint("it needs CONFIG_SECURITY_LANDLOCK, and 'landlock' in lsm= on the kernel command line");
  }
  RulesetAttributes attributes;
  attributes.handled_access_fs = rights_on_files(abi);
  attributes.handled_access_net = 3;  // bind and connect TCP
  attributes.scoped = 3;              // abstract sockets, signals
  Fd ruleset(static_cast<int>(::syscall(kCreateRuleset, &attributes, attributes_size(abi), 0)));
  if (!ruleset) return Error::system("landlock_create_ruleset", errno);
  return LandlockRules(std::move(ruleset), abi);
}

Result<void> LandlockRules::add(const std::string& path, FileUse use) {
  auto fd = open_file(path, O_PATH);
  if (!fd) return std::move(fd).error();
  if (auto added = add(fd->get(), use); !added) return std::move(added).error().context(path);
  return {};
}

Result<void> LandlockRules::add(int fd, FileUse use) {
  struct stat s {};
  if (::fstat(fd, &s) < 0) return Error::system("fstat", errno);
  const PathBeneath rule{rights_for(use, abi_, S_ISDIR(s.st_mode)), fd};
  if (::syscall(kAddRule, ruleset_.get(), kRulePathBeneath, &rule, 0) < 0) return Error::system("landlock_add_rule", errno);
  return {};
}

bool restrict_by_landlock(int rules) { return ::syscall(kRestrictSelf, rules, 0) == 0; }

}  // namespace mayfly
