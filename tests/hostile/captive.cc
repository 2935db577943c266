// SPDX-License-Identifier: Apache-2.0
//
// captive [OPTIONS] --home DIR PROGRAM: launches processes as mayfly launches its QEMUs, with
// the same parts of the same libraries and in the same order: jail, cgroup, limits, escape
// monitor. Whoever connects to the SOCK_SEQPACKET socket on descriptor 3 gets one such process:
//
//   -> NAMES\0WORD…   launches PROGRAM with these words. NAMES are those of the descriptors that
//                     come along, with spaces between them: out and err become 1 and 2; gold,
//                     disk and template are what the machine's disk and memory are made of;
//                     {NAME_fd} in a word becomes a number of one that the process has
//   -> arm            the monitor watches it from now on
//   <- {"started":…}  {"armed":…}  {"incident":…}  {"end":…}  {"failed":…}
//
// It is killed when its socket is closed, and all of them when descriptor 0 is.
//
//   --qemu         PROGRAM is a QEMU: it gets a machine's command line instead of words, and
//                  qmp, agent and console are its sockets
//   --profile P    of the jail [strict]
//   --readable F   a file that the jail lets it open once more, as a QEMU opens the guest's kernel
//   --unjailed     without a jail; cgroup, limits and monitor as before
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <map>

#include "captured_vmm.h"

namespace mayfly::hostile {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitFailed = 1;
constexpr int kListener = 3;

int complain(int status, const std::string& why) {
  std::fprintf(stderr, "captive: %s\n", why.c_str());
  return status;
}

// Everybody who is connected.
class Captives {
 public:
  explicit Captives(Cell& cell)
      : cell_(cell),
        listener_(cell.ring(), kListener, POLLIN, [this] { take(); }),
        farewell_(cell.ring(), STDIN_FILENO, POLLIN, [this] { cell_.ring().stop(); }) {}

 private:
  void take() {
    Fd socket(::accept4(kListener, nullptr, nullptr, SOCK_CLOEXEC));
    listener_.rearm();
    if (!socket) return;
    const int id = ++last_;
    const auto forget = [this, id] { cell_.ring().defer([this, id] { vmms_.erase(id); }); };
    vmms_[id] = std::make_unique<CapturedVmm>(cell_, std::move(socket), forget);
  }

  Cell& cell_;
  int last_ = 0;
  std::map<int, std::unique_ptr<CapturedVmm>> vmms_;
  Watch listener_;
  Watch farewell_;
};

bool parse(int argc, char** argv, CellOptions& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    std::string* value = word == "--home"       ? &options.home
                         : word == "--profile"  ? &options.profile
                         : word == "--readable" ? &options.readable
                                                : nullptr;
    if (value && ++i < argc) *value = argv[i];
    else if (word == "--qemu") options.qemu = true;
    else if (word == "--unjailed") options.jailed = false;
    else if (word == "--devices") options.devices = true;
    else if (!word.starts_with("-")) options.program = word;
    else return false;
  }
  return !options.home.empty() && !options.program.empty();
}

int run(const CellOptions& options) {
  auto cell = Cell::open(options);
  if (!cell) return complain(kExitFailed, cell.error().message() + " " + cell.error().hint());
  Captives captives(**cell);
  const auto ended = (*cell)->ring().run();
  return ended ? 0 : complain(kExitFailed, ended.error().message());
}

}  // namespace
}  // namespace mayfly::hostile

int main(int argc, char** argv) {
  using namespace mayfly::hostile;
  std::signal(SIGPIPE, SIG_IGN);
  CellOptions options;
  if (!parse(argc, argv, options)) return complain(kExitUsage, "usage: captive [--qemu] [--devices] [--profile P] [--readable F] [--unjailed] --home DIR PROGRAM");
  return run(options);
}
