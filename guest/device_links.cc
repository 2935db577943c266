// SPDX-License-Identifier: Apache-2.0
#include "guest/device_links.h"

#include <unistd.h>

#include <cerrno>
#include <string>

namespace mayfly::guest {
namespace {

struct Link {
  const char* target;
  const char* name;
};

constexpr Link kLinks[] = {
    {"/proc/self/fd", "fd"},
    {"/proc/self/fd/0", "stdin"},
    {"/proc/self/fd/1", "stdout"},
    {"/proc/self/fd/2", "stderr"},
};

}  // namespace

Result<void> make_device_links(const char* dev) {
  for (const Link& link : kLinks) {
    const std::string path = std::string(dev) + "/" + link.name;
    if (::symlink(link.target, path.c_str()) != 0 && errno != EEXIST) return Error::system("link " + path, errno);
  }
  return {};
}

}  // namespace mayfly::guest
