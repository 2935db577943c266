// SPDX-License-Identifier: Apache-2.0
#include "guest/task_cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "guest/text_file.h"
#include "guest/usage.h"

namespace mayfly::guest {

Result<TaskCgroup> TaskCgroup::create(std::uint64_t number) {
  std::string path = std::string(kCgroupRoot) + "/task";
  int failed = ::mkdir(path.c_str(), 0755);
  if (failed && errno == EEXIST) {  // an earlier one could not be removed
    path += "-" + std::to_string(number);
    failed = ::mkdir(path.c_str(), 0755);
  }
  if (failed) return Error::system("make cgroup " + path, errno);
  Fd directory(::open(path.c_str(), O_DIRECTORY | O_CLOEXEC));
  if (!directory) return Error::system("open cgroup " + path, errno);
  return TaskCgroup(std::move(path), std::move(directory));
}

Result<void> TaskCgroup::kill() const { return write_text(directory(), "cgroup.kill", "1"); }

Result<Fd> TaskCgroup::open_events() const {
  Fd events(::openat(directory(), "cgroup.events", O_RDONLY | O_CLOEXEC));
  if (!events) return Error::system("open cgroup.events", errno);
  return events;
}

bool TaskCgroup::is_populated(int events) {
  char text[256];
  const ssize_t got = ::pread(events, text, sizeof text, 0);
  return got > 0 && flat_value({text, static_cast<std::size_t>(got)}, "populated") != 0;
}

GuestUsage TaskCgroup::usage() const {
  GuestUsage usage;
  if (const auto text = read_text(directory(), "cpu.stat")) add_cpu_stat(usage, *text);
  if (const auto text = read_text(directory(), "io.stat")) add_io_stat(usage, *text);
  if (const auto text = read_text(directory(), "memory.peak")) add_memory_peak(usage, *text);
  return usage;
}

bool TaskCgroup::out_of_memory() const {
  const auto text = read_text(directory(), "memory.events");
  return text && flat_value(*text, "oom_kill").value_or(0) > 0;
}

void TaskCgroup::remove() {
  directory_.reset();
  if (!path_.empty()) ::rmdir(path_.c_str());
  path_.clear();
}

}  // namespace mayfly::guest
