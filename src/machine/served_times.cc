// SPDX-License-Identifier: Apache-2.0
#include "machine/served_times.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>

#include "sys/files.h"

namespace mayfly {
namespace {

using Thread = ServedTimes::Thread;

constexpr std::size_t kMostName = 64;
constexpr std::string_view kVcpuName = "CPU ";  // "CPU 0/KVM", "CPU 0/TCG"

// Of all that a QEMU ever had: workers end when there is nothing to do, and one that was taken over makes what it likes.
constexpr std::size_t kMostServers = 256;

// Closes the file of a thread that has ended.
void read_thread(Fd& schedstat, Thread& thread) {
  std::array<char, 96> text{};
  if (!schedstat) return;
  if (::pread(schedstat.get(), text.data(), text.size() - 1, 0) <= 0) return schedstat.reset();
  long long ran = 0, waited = 0;
  if (std::sscanf(text.data(), "%lld %lld", &ran, &waited) == 2) thread = {ran, waited};
}

Fd open_schedstat(const std::string& thread) {
  auto file = open_file(thread + "/schedstat", O_RDONLY);
  return file ? *std::move(file) : Fd();
}

std::vector<std::string> threads_of(const std::string& process) {
  std::vector<std::string> all;
  std::error_code error;
  for (std::filesystem::directory_iterator thread(process + "/task", error), end; !error && thread != end; thread.increment(error)) {
    all.push_back(thread->path());
  }
  return all;
}

bool is_vcpu(const std::string& thread) {
  const auto name = read_file(thread + "/comm", kMostName);
  return name && name->starts_with(kVcpuName);
}

// A thread that was not there at first had nothing.
Thread at(const std::vector<Thread>& threads, std::size_t number) { return number < threads.size() ? threads[number] : Thread{}; }

Nanoseconds waited_between(const std::vector<Thread>& from, const std::vector<Thread>& to) {
  Nanoseconds sum = 0;
  for (std::size_t i = 0; i < to.size(); ++i) sum += std::max<Nanoseconds>(to[i].waited - at(from, i).waited, 0);
  return sum;
}

}  // namespace

Nanoseconds starved_between(const ServedTimes& from, const ServedTimes& to, Nanoseconds elapsed) {
  const Nanoseconds waited = waited_between(from.vcpus, to.vcpus) + waited_between(from.servers, to.servers);
  const Nanoseconds most = std::max<Nanoseconds>(elapsed - busiest_between(from, to), 0);
  return std::clamp<Nanoseconds>(waited - (to.throttled - from.throttled), 0, most);
}

Nanoseconds ran_between(const ServedTimes& from, const ServedTimes& to) {
  Nanoseconds sum = 0;
  for (std::size_t i = 0; i < to.vcpus.size(); ++i) sum += std::max<Nanoseconds>(to.vcpus[i].ran - at(from.vcpus, i).ran, 0);
  return sum;
}

Nanoseconds busiest_between(const ServedTimes& from, const ServedTimes& to) {
  Nanoseconds most = 0;
  for (std::size_t i = 0; i < to.vcpus.size(); ++i) most = std::max(most, to.vcpus[i].ran - at(from.vcpus, i).ran);
  return most;
}

const ServedTimes& ServedTimesReader::read() {
  find_threads();
  for (std::size_t i = 0; i < vcpus_.size(); ++i) read_thread(vcpus_[i], times_.vcpus[i]);
  for (std::size_t i = 0; i < servers_.size(); ++i) read_thread(servers_[i], times_.servers[i]);
  return times_;
}

// Before the virtual processors have their names, other threads cannot be told from them; but the main thread can.
void ServedTimesReader::find_threads() {
  const std::string process = "/proc/" + std::to_string(pid_);
  if (servers_.empty()) follow(process + "/task/" + std::to_string(pid_), servers_, times_.servers);
  const auto threads = threads_of(process);
  if (vcpus_.empty()) find_vcpus(threads);
  if (vcpus_.empty()) return;
  for (const std::string& thread : threads) {
    if (servers_.size() < kMostServers && !known_.contains(thread)) follow(thread, servers_, times_.servers);
  }
}

// They come in the order in which they were made.
void ServedTimesReader::find_vcpus(const std::vector<std::string>& threads) {
  std::vector<std::string> found;
  std::copy_if(threads.begin(), threads.end(), std::back_inserter(found), is_vcpu);
  if (static_cast<int>(found.size()) != wanted_) return;  // not yet
  for (const std::string& thread : found) follow(thread, vcpus_, times_.vcpus);
}

void ServedTimesReader::follow(const std::string& thread, std::vector<Fd>& files, std::vector<Thread>& times) {
  Fd file = open_schedstat(thread);
  if (!file) return;
  known_.insert(thread);
  files.push_back(std::move(file));
  times.emplace_back();
}

}  // namespace mayfly
