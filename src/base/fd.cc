// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"

#include <unistd.h>

namespace mayfly {

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);  // close(2): the descriptor is gone even on EINTR, never retry
  fd_ = fd;
}

}  // namespace mayfly
