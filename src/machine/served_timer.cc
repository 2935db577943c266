// SPDX-License-Identifier: Apache-2.0
#include "machine/served_timer.h"

#include "machine/machine.h"

namespace mayfly {
namespace {

// What is left, at most, when a limit counts as reached: readings are no finer.
constexpr Nanoseconds kFinest = kMillisecond;

}  // namespace

void ServedClock::start() {
  served_ = starved_ = 0;
  resume();
}

void ServedClock::pause() {
  count();
  runs_ = false;
}

void ServedClock::resume() {
  runs_ = true;
  counted_ = ring_.now();
  times_ = machine_.served_times();
}

void ServedClock::count() {
  if (!runs_) return;
  const Nanoseconds since = counted_;
  const ServedTimes before = std::move(times_);
  resume();
  const Nanoseconds elapsed = std::max<Nanoseconds>(counted_ - since, 0);
  const Nanoseconds starved = starved_between(before, times_, elapsed);
  starved_ += starved;
  served_ += elapsed - starved;
}

Nanoseconds ServedClock::served() {
  count();
  return served_;
}

Nanoseconds ServedClock::starved() {
  count();
  return starved_;
}

void ServedTimer::start(Nanoseconds limit, Nanoseconds patience) {
  limit_ = limit;
  patience_ = patience;
  clock_.start();
  timer_.start(limit);
}

void ServedTimer::pause() {
  clock_.pause();
  timer_.pause();
}

void ServedTimer::resume() {
  clock_.resume();
  timer_.resume();
}

void ServedTimer::check() {
  const Nanoseconds left = limit_ - clock_.served();
  const auto handlers = handlers_;  // a call may destroy us
  if (left < kFinest) return handlers.on_expiry();
  if (clock_.starved() > patience_) return handlers.on_overload();
  timer_.start(left);
}

}  // namespace mayfly
