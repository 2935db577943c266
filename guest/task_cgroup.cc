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

TaskCgroup::TaskCgroup(std::string path, Fd directory)
    : path_(std::move(path)), directory_(std::move(directory)) {
  const auto open_file = [&](const char* name) {
    return Fd(::openat(directory_.get(), name, O_RDONLY | O_CLOEXEC));
  };
  events_ = open_file("cgroup.events");
  cpu_stat_ = open_file("cpu.stat");
  io_stat_ = open_file("io.stat");
  memory_peak_ = open_file("memory.peak");
  memory_events_ = open_file("memory.events");
  pids_events_ = open_file("pids.events");
}

Result<void> TaskCgroup::limit_memory(std::int64_t bytes) const {
  if (auto limited = write_text(directory(), "memory.max", std::to_string(bytes)); !limited) return limited;
  return write_text(directory(), "memory.oom.group", "1");
}

Result<void> TaskCgroup::limit_processes(std::int64_t count) const {
  return write_text(directory(), "pids.max", std::to_string(count));
}

Result<void> TaskCgroup::kill() const { return write_text(directory(), "cgroup.kill", "1"); }

bool TaskCgroup::is_populated() const {
  return flat_value(read_again(events_.get()), "populated").value_or(0) != 0;
}

GuestUsage TaskCgroup::usage() const {
  GuestUsage usage;
  if (cpu_stat_) add_cpu_stat(usage, read_again(cpu_stat_.get()));
  if (io_stat_) add_io_stat(usage, read_again(io_stat_.get()));
  if (memory_peak_) add_memory_peak(usage, read_again(memory_peak_.get()));
  return usage;
}

bool TaskCgroup::out_of_memory() const {
  return memory_events_ && flat_value(read_again(memory_events_.get()), "oom_kill").value_or(0) > 0;
}

bool TaskCgroup::out_of_processes() const {
  return pids_events_ && flat_value(read_again(pids_events_.get()), "max").value_or(0) > 0;
}

void TaskCgroup::remove() {
  const std::string path = std::exchange(path_, {});
  *this = TaskCgroup();
  if (!path.empty()) ::rmdir(path.c_str());
}

}  // namespace mayfly::guest
