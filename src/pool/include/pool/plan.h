// SPDX-License-Identifier: Apache-2.0
//
// How many machines the pool should launch or let go, as pure functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>

namespace mayfly {

// The machines of one kind that no task has yet, and the tasks that wait for one.
struct GroupCount {
  int waiting = 0;    // tasks
  int launching = 0;  // machines on their way
  int ready = 0;      // machines that wait
  int wanted = 0;     // of them, how many should wait when nobody asks
};

struct GroupPlan {
  int launch_now = 0;    // for tasks that wait
  int launch_ahead = 0;  // for tasks to come, when the host has time
  int drop = 0;          // machines that are ready and that nobody will want

  auto operator<=>(const GroupPlan&) const = default;
};

GroupPlan plan(const GroupCount& count);

// Remembers the kinds that were last asked for, and so how many of each should wait: the pool
// holds what the recent tasks would have wanted. `Kind` is any identity of a kind.
template <class Kind>
class Demand {
 public:
  explicit Demand(int size) : size_(static_cast<std::size_t>(size)) {}

  void note(const Kind& kind) {
    recent_.push_back(kind);
    while (recent_.size() > size_) recent_.pop_front();
  }

  // No more than `tasks` will come, so no more machines are wanted.
  void limit(int tasks) {
    size_ = std::min(size_, static_cast<std::size_t>(tasks));
    while (recent_.size() > size_) recent_.pop_front();
  }

  void forget(const Kind& kind) { std::erase(recent_, kind); }

  int wanted(const Kind& kind) const {
    return static_cast<int>(std::count(recent_.begin(), recent_.end(), kind));
  }

 private:
  std::size_t size_;
  std::deque<Kind> recent_;
};

}  // namespace mayfly
