// SPDX-License-Identifier: Apache-2.0
#include "guest/frozen.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/fd.h"
#include "guest/text_file.h"

namespace mayfly::guest {
namespace {

constexpr const char* kPlace = "/run/frozen";

struct Counter {
  const char* source;
  const char* frozen;
  const char* covered;  // within a root
};

constexpr Counter kCounters[] = {
    {"/proc/stat", "/run/frozen/stat", "proc/stat"},
    {"/proc/loadavg", "/run/frozen/loadavg", "proc/loadavg"},
    {"/proc/cgroups", "/run/frozen/cgroups", "proc/cgroups"},
};

Result<void> freeze(const Counter& counter) {
  const auto text = read_text(AT_FDCWD, counter.source);
  if (!text) return text.error();
  const Fd file(::open(counter.frozen, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
  if (!file || ::write(file.get(), text->data(), text->size()) < 0) return Error::system(counter.frozen, errno);
  return {};
}

}  // namespace

Result<void> freeze_counters() {
  if (::mkdir(kPlace, 0755) != 0) return Error::system(kPlace, errno);
  for (const Counter& counter : kCounters) {
    if (auto frozen = freeze(counter); !frozen) return frozen;
  }
  return {};
}

bool cover_counters() {
  for (const Counter& counter : kCounters) {
    if (::mount(counter.frozen, counter.covered, nullptr, MS_BIND, nullptr) != 0) return false;
  }
  return true;
}

}  // namespace mayfly::guest
