// SPDX-License-Identifier: Apache-2.0
#include "sys/host_size.h"

#include <sys/sysinfo.h>

namespace mayfly {

std::int64_t memory_of_host() {
  struct sysinfo host {};
  ::sysinfo(&host);
  return static_cast<std::int64_t>(host.totalram) * host.mem_unit;
}

int processors_of_host() { return ::get_nprocs(); }

}  // namespace mayfly
