// SPDX-License-Identifier: Apache-2.0
#include "guest/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "base/fd.h"

namespace mayfly::guest {

void complain(std::string_view message) {
  // "<3>" is the kernel's level for errors: shown on the console even with "quiet".
  const std::string line = "<3>mayfly agent: " + std::string(message) + "\n";
  const Fd log(::open("/dev/kmsg", O_WRONLY | O_CLOEXEC));
  // Where even this fails there is nobody left to tell.
  [[maybe_unused]] const ssize_t written = ::write(log.get(), line.data(), line.size());
}

}  // namespace mayfly::guest
