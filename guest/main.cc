// SPDX-License-Identifier: Apache-2.0
// The first process of a mayfly machine: sets it up, then serves the host's requests until
// the host hangs up.

#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "guest/agent.h"
#include "guest/boot.h"
#include "guest/console.h"
#include "guest/port.h"

namespace mayfly::guest {
namespace {

// So that no descriptor of the agent's is ever 0, 1 or 2, whatever the kernel left open.
void fill_standard_descriptors() {
  int fd = 0;
  while (fd >= 0 && fd <= STDERR_FILENO) fd = ::open("/dev/null", O_RDWR);
  if (fd > STDERR_FILENO) ::close(fd);
}

// Large buffers go back to the kernel when they are freed, so that one large message does
// not make the agent larger for good.
void keep_small() { ::mallopt(M_MMAP_THRESHOLD, 256 * 1024); }

void harden() {
  ::prctl(PR_SET_DUMPABLE, 0);
  ::umask(0);  // files get the mode that the host asks for
}

Error serve(const Result<void>& boot) {
  auto loop = Loop::open();
  if (!loop) return loop.error();
  auto port = open_port(kAgentPort);
  if (!port) return port.error();
  Agent agent(*loop, *std::move(port));
  if (auto opened = agent.open(); !opened) return opened.error();
  agent.greet(boot);
  return loop->run();
}

}  // namespace
}  // namespace mayfly::guest

int main() {
  using namespace mayfly::guest;
  if (::getpid() != 1) {
    std::fputs("mayfly agent: runs only as the first process of a machine\n", stderr);
    return 2;
  }
  harden();
  keep_small();
  const auto boot = set_up_machine();
  fill_standard_descriptors();
  complain(serve(boot).message());
  ::reboot(RB_AUTOBOOT);
}
