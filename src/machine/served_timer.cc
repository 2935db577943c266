// SPDX-License-Identifier: Apache-2.0
#include "machine/served_timer.h"

#include <utility>

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
  close_stretch();
  runs_ = false;
}

void ServedClock::resume() {
  runs_ = true;
  open_stretch(machine_.served_times());
}

void ServedClock::open_stretch(ServedTimes times) {
  stretch_ = {};
  since_ = ring_.now();
  absent_ = ring_.absent();
  times_ = std::move(times);
}

void ServedClock::close_stretch() {
  count();
  served_ += std::exchange(stretch_.served, 0);
  starved_ += std::exchange(stretch_.starved, 0);
}

// From its beginning each time: a wait is told when it ends, and may be longer than the time since the last reading.
void ServedClock::count() {
  if (!runs_) return;
  ServedTimes times = machine_.served_times();
  const Nanoseconds elapsed = std::max<Nanoseconds>(ring_.now() - since_, 0);
  stretch_.starved = starved_between(times_, times, elapsed);
  stretch_.served = elapsed - stretch_.starved;
  if (ring_.absent() == absent_) return;
  // What it waited for while the loop was absent is no part of another time.
  served_ += stretch_.served;
  starved_ += stretch_.starved;
  open_stretch(std::move(times));
}

Nanoseconds ServedClock::served() {
  count();
  return served_ + stretch_.served;
}

Nanoseconds ServedClock::starved() {
  count();
  return starved_ + stretch_.starved;
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
