// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/log.h"
#include "machine/factory.h"
#include "machine/machine.h"
#include "pool/admission.h"
#include "pool/plan.h"
#include "template/template_cache.h"

namespace mayfly {

struct PoolOptions {
  int size = 0;           // machines that are kept ready; 0: each is launched when it is asked for
  bool snapshots = true;  // restore machines from templates; false: boot each
  // How many machines may be on their way ahead of demand at the same time.
  int most_launching_ahead = 2;
};

// Ready machines, each handed out once. They are launched ahead, as many and of such kinds as
// were lately asked for, restored from a template (or booted), exercised, and then wait without
// using the processor. Those whose parts have become stale are let go. Launches are held back while the host is short of memory, but for one:
// there is always a machine on its way if a task waits and none lives.
//
// The pool never sees tasks; what becomes of a machine after it was claimed is its owner's
// business, but the pool must be told of its end by the Lease that came with it.
class Pool {
 public:
  // Counts a claimed machine as living until it is destroyed.
  class Lease {
   public:
    explicit Lease(Pool& pool) : pool_(&pool) {}
    Lease(Lease&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)) {}
    Lease& operator=(Lease&& other) noexcept {
      std::swap(pool_, other.pool_);
      return *this;
    }
    ~Lease() {
      if (pool_) pool_->ended();
    }

   private:
    Pool* pool_;
  };

  struct Claimed {
    std::unique_ptr<Machine> machine;  // in state ready
    bool hit = false;                  // it was ready when it was asked for
    Lease lease;
  };

  // A machine, or how the one that was meant for this claim failed.
  using OnMachine = std::function<void(std::variant<Claimed, MachineEnd>)>;

  // A claim that is destroyed before it is served is withdrawn.
  class Claim {
   private:
    friend class Pool;
    OnMachine on_machine_;
    bool hit_ = false;
  };

  // `templates` must outlive the pool. The log gets machines' changes of state, at
  // level debug. `on_trouble` is told why machines boot that should have been restored.
  Pool(Ring& ring, TemplateCache& templates, const Log& log, PoolOptions options,
       std::function<void(const std::string&)> on_trouble);
  ~Pool();

  // Asks for one machine of this kind. `on_machine` is called once, from the loop.
  // `parts` must outlive the pool.
  [[nodiscard]] std::shared_ptr<Claim> claim(const MachineParts& parts, const MachineShape& shape, OnMachine on_machine);

  // A claimed machine has done what it was claimed for: the host has time again.
  void outcome_known();

  // At most so many more claims will come.
  void expect_at_most(int claims);

  // Lets every waiting machine go and calls back when all of them are gone. Nothing may be
  // claimed afterwards, and claims that still wait are not answered any more.
  void close(std::function<void()> on_closed);

 private:
  using Kind = std::pair<const MachineParts*, MachineShape>;
  class Entry;
  using Entries = std::list<std::unique_ptr<Entry>>;
  enum class TemplateState { unasked, asked, had, failed };

  struct Group {
    TemplateState state = TemplateState::unasked;
    TemplateCache::Shared snapshot;
    std::deque<std::weak_ptr<Claim>> waiting;
    Entries launching;  // oldest first
    Entries ready;
  };

  GroupCount count(const Kind& kind, const Group& group) const;
  void refill();
  void refill(const Kind& kind, Group& group);
  void ask_for_template(const Kind& kind, Group& group);
  bool may_launch(const MachineShape& shape, bool ahead) const;
  void launch(const Kind& kind, Group& group, bool ahead);
  Result<std::unique_ptr<Entry>> make_entry(const Kind& kind, const Group& group, bool ahead);
  void became_ready(Entry& entry);
  void gone(Entry& entry, const MachineEnd& end);
  void suspect_template(const Kind& kind, const MachineEnd& end);
  std::shared_ptr<Claim> next_claim(Group& group);
  void serve(const Kind& kind);
  void fail_claim(Group& group, const MachineEnd& end);
  void let_go(Entries& from, Entries::iterator entry);
  void let_all_go(Group& group);
  void ended();
  void tell_if_closed();

  Ring& ring_;
  TemplateCache& templates_;
  Log log_;
  PoolOptions options_;
  std::function<void(const std::string&)> on_trouble_;
  std::optional<HostMemory> memory_;
  std::map<Kind, Group> groups_;
  Entries leaving_;  // being killed
  Demand<Kind> demand_;
  int living_ = 0;     // machines, claimed ones included
  int launching_ = 0;  // of them, not yet ready
  Timer ahead_timer_;  // runs while a task that has just got its machine should have the host's time
  bool refilling_ = false;
  std::function<void()> on_closed_;
  bool closing_ = false;
};

}  // namespace mayfly
