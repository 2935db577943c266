// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <vector>

#include "base/clock.h"
#include "base/fd.h"

namespace mayfly {

// What the host's scheduler has counted, so far, for the threads of a QEMU without which its guest does not go on: its
// virtual processors, and the main thread, which serves its devices.
struct ServedTimes {
  struct Thread {
    Nanoseconds ran = 0;     // on a processor
    Nanoseconds waited = 0;  // for one, while it could have run
  };
  Thread main;
  std::vector<Thread> vcpus;
  Nanoseconds throttled = 0;  // of what they waited, what its own group's quota made them wait
};

// What happened from one reading to a later one.
// The most that one of the threads waited: while it does, the guest may stand still. They may wait at the same time, so
// that their sum would be more than was lost. What the machine's own quota made it wait is not the host's doing.
Nanoseconds starved_between(const ServedTimes& from, const ServedTimes& to);
// Processor time of all virtual processors, and of the busiest one.
Nanoseconds ran_between(const ServedTimes& from, const ServedTimes& to);
Nanoseconds busiest_between(const ServedTimes& from, const ServedTimes& to);

// Reads them from /proc/PID/task/TID/schedstat, whose descriptors it keeps. Virtual processors are told from other threads
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

  pid_t pid_;
  int wanted_;
  Fd main_;
  std::vector<Fd> vcpus_;
  ServedTimes times_;
};

}  // namespace mayfly
