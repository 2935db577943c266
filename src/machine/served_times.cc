// SPDX-License-Identifier: Apache-2.0
#include "machine/served_times.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "sys/files.h"

namespace mayfly {
namespace {

using Thread = ServedTimes::Thread;

constexpr std::size_t kMostName = 64;
constexpr std::string_view kVcpuName = "CPU ";  // "CPU 0/KVM", "CPU 0/TCG"

void read_thread(const Fd& schedstat, Thread& thread) {
  std::array<char, 96> text{};
  if (!schedstat || ::pread(schedstat.get(), text.data(), text.size() - 1, 0) <= 0) return;
  long long ran = 0, waited = 0;
  if (std::sscanf(text.data(), "%lld %lld", &ran, &waited) == 2) thread = {ran, waited};
}

Fd open_schedstat(const std::string& thread) {
  auto file = open_file(thread + "/schedstat", O_RDONLY);
  return file ? *std::move(file) : Fd();
}

// A thread that was not there at first had nothing.
Thread at(const ServedTimes& times, std::size_t vcpu) { return vcpu < times.vcpus.size() ? times.vcpus[vcpu] : Thread{}; }

}  // namespace

Nanoseconds starved_between(const ServedTimes& from, const ServedTimes& to) {
  Nanoseconds most = to.main.waited - from.main.waited;
  for (std::size_t i = 0; i < to.vcpus.size(); ++i) most = std::max(most, to.vcpus[i].waited - at(from, i).waited);
  return std::max<Nanoseconds>(most - (to.throttled - from.throttled), 0);
}

Nanoseconds ran_between(const ServedTimes& from, const ServedTimes& to) {
  Nanoseconds sum = 0;
  for (std::size_t i = 0; i < to.vcpus.size(); ++i) sum += std::max<Nanoseconds>(to.vcpus[i].ran - at(from, i).ran, 0);
  return sum;
}

Nanoseconds busiest_between(const ServedTimes& from, const ServedTimes& to) {
  Nanoseconds most = 0;
  for (std::size_t i = 0; i < to.vcpus.size(); ++i) most = std::max(most, to.vcpus[i].ran - at(from, i).ran);
  return most;
}

const ServedTimes& ServedTimesReader::read() {
  if (!main_ || static_cast<int>(vcpus_.size()) < wanted_) find_threads();
  read_thread(main_, times_.main);
  for (std::size_t i = 0; i < vcpus_.size(); ++i) read_thread(vcpus_[i], times_.vcpus[i]);
  return times_;
}

// They come in the order in which they were made.
void ServedTimesReader::find_threads() {
  const std::string process = "/proc/" + std::to_string(pid_);
  if (!main_) main_ = open_schedstat(process + "/task/" + std::to_string(pid_));
  std::error_code error;
  std::vector<std::string> found;
  for (std::filesystem::directory_iterator thread(process + "/task", error), end; !error && thread != end; thread.increment(error)) {
    const auto name = read_file(thread->path() / "comm", kMostName);
    if (name && name->starts_with(kVcpuName)) found.push_back(thread->path());
  }
  if (static_cast<int>(found.size()) != wanted_) return;  // not yet
  vcpus_.clear();
  for (const std::string& thread : found) vcpus_.push_back(open_schedstat(thread));
  times_.vcpus.resize(vcpus_.size());
}

}  // namespace mayfly
