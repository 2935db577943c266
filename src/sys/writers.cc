// SPDX-License-Identifier: Apache-2.0
#include "sys/writers.h"

#include <fcntl.h>

#include <cerrno>
#include <csignal>

namespace mayfly {

bool has_writer(int fd) {
  // Who opens it in the moment that we hold the lease waits until we let it go; the signal for that
  // is one that nobody heeds.
  ::fcntl(fd, F_SETSIG, SIGURG);
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) < 0) return errno == EAGAIN;
  ::fcntl(fd, F_SETLEASE, F_UNLCK);
  return false;
}

}  // namespace mayfly
