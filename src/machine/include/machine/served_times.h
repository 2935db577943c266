// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"

namespace mayfly {

// What the host's scheduler has counted, so far, for the threads of a QEMU without which its guest does not go on: its
// virtual processors, and those that serve its devices: the main thread, and the workers that read and write its disk.
struct ServedTimes {
  struct Thread {
    Nanoseconds ran = 0;     // on a processor
    Nanoseconds waited = 0;  // for one, while it could have run
  };
  std::vector<Thread> vcpus;
  std::vector<Thread> servers;  // the main thread is the first; those that have ended stay
  Nanoseconds throttled = 0;  // of what they waited, what its own group's quota made them wait
};

// What happened from one reading to a later one.
// What the threads waited. A program that sleeps, or brings something to the disk, waits for one of them after the other,
// and so lost the sum. They may also wait at the same time, but not more was lost than the time, of the `elapsed`, in which
// its busiest virtual processor did not run. What the machine's own quota made it wait is not the host's doing.
Nanoseconds starved_between(const ServedTimes& from, const ServedTimes& to, Nanoseconds elapsed);
// Processor time of all virtual processors, and of the busiest one.
Nanoseconds ran_between(const ServedTimes& from, const ServedTimes& to);
Nanoseconds busiest_between(const ServedTimes& from, const ServedTimes& to);

// Reads them from /proc/PID/task/TID/schedstat, whose descriptors it keeps; workers come as they are needed. Of one that has
// come and gone between two readings nothing is known. Virtual processors are told from other threads
// by their names (QEMU's debug-threads=on): one that was taken over may give itself other names, and harms itself only.
class ServedTimesReader {
 public:
  ServedTimesReader(pid_t pid, int vcpus) : pid_(pid), wanted_(vcpus) {}

  // What cannot be read stays as it was; of a thread that does not exist yet there is nothing.
  const ServedTimes& read();
  // What read() returned last: all that there is of a process that has ended.
  const ServedTimes& last() const { return times_; }

 private:
  void find_threads();
  void find_vcpus(const std::vector<std::string>& threads);
  void follow(const std::string& thread, std::vector<Fd>& files, std::vector<ServedTimes::Thread>& times);

  pid_t pid_;
  int wanted_;
  std::vector<Fd> vcpus_;
  std::vector<Fd> servers_;
  std::set<std::string> known_;  // paths of all these threads
  ServedTimes times_;
};

}  // namespace mayfly
