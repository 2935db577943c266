// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>

#include "base/clock.h"
#include "machine/served_times.h"
#include "ring/ring.h"

namespace mayfly {

class Machine;

// A stopwatch of the time that a machine could have had: without what it waited for a processor of the host
// (starved_between), and without the loop's absence (Ring::absent). The machine must outlive it.
class ServedClock {
 public:
  ServedClock(Ring& ring, const Machine& machine) : ring_(ring), machine_(machine) {}

  void start();
  void pause();
  void resume();

  // Since start(), pauses left out.
  Nanoseconds served();
  Nanoseconds starved();

 private:
  struct Stretch {
    Nanoseconds served = 0;
    Nanoseconds starved = 0;
  };

  void open_stretch(ServedTimes times);
  void close_stretch();
  void count();

  Ring& ring_;
  const Machine& machine_;
  bool runs_ = false;
  // Of the stretch of time since it began to run, or since the loop was last absent.
  Nanoseconds since_ = 0;   // on the ring's clock
  Nanoseconds absent_ = 0;  // the ring's, then
  ServedTimes times_;       // of that moment
  Stretch stretch_;
  Nanoseconds served_ = 0;  // before it
  Nanoseconds starved_ = 0;
};

// How long a machine may wait for processors, all in all, where it may work for `limit`: a host that gives it so little
// is overloaded, and waiting on is of no use.
constexpr Nanoseconds kLeastPatience = 60 * kSecond;
constexpr Nanoseconds kPatienceFactor = 10;
constexpr Nanoseconds most_starved(Nanoseconds limit) { return std::max(kLeastPatience, kPatienceFactor * limit); }

// A time-out of a machine by its ServedClock, with a bound on what it may wait for. Any handler may destroy it.
class ServedTimer {
 public:
  struct Handlers {
    std::function<void()> on_expiry;
    std::function<void()> on_overload;  // it was starved for longer than `patience`
  };

  ServedTimer(Ring& ring, const Machine& machine, Handlers handlers)
      : clock_(ring, machine), timer_(ring, [this] { check(); }), handlers_(std::move(handlers)) {}

  // (Re)starts it, to expire when the machine could have worked for `limit`.
  void start(Nanoseconds limit) { start(limit, most_starved(limit)); }
  void start(Nanoseconds limit, Nanoseconds patience);
  bool running() const { return timer_.running(); }
  // Until it expires; at least 0. Only while it runs.
  Nanoseconds remaining() { return std::max<Nanoseconds>(limit_ - clock_.served(), 0); }
  void stop() { timer_.stop(); }
  void pause();
  void resume();

 private:
  void check();

  ServedClock clock_;
  Timer timer_;
  Handlers handlers_;
  Nanoseconds limit_ = 0;
  Nanoseconds patience_ = 0;
};

}  // namespace mayfly
