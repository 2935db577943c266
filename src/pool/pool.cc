// SPDX-License-Identifier: Apache-2.0
#include "pool/pool.h"

#include <cerrno>

#include "base/id.h"
#include "protocol/default_path.h"

namespace mayfly {
namespace {

// A machine for a task to come is launched when the task at hand has ended, or after this time:
// most have ended by then, and the others will hardly notice.
constexpr Nanoseconds kAheadDelay = 20 * kMillisecond;

constexpr std::size_t kNameBytes = 4;
constexpr std::uint32_t kExerciseUser = 65534;  // nobody; a task is somebody else
constexpr std::int64_t kExerciseTimeoutMs = 10'000;

ExecRequest exercise_with(const std::string& program) {
  ExecRequest exec;
  exec.bin = program;
  exec.env = {{"PATH", std::string(kDefaultPath)}};
  exec.cwd = "/";
  exec.timeout_ms = kExerciseTimeoutMs;
  exec.user = kExerciseUser;
  return exec;
}

MachineEnd not_made(const Error& error) {
  MachineEnd end;
  end.failure = error.code() == ENOSPC ? MachineFailure::host_disk_full : MachineFailure::launch_failed;
  end.detail = error.message();
  end.hint = error.hint();
  return end;
}

// Another machine's would do the same.
bool is_agents_doing(MachineFailure failure) {
  return failure == MachineFailure::agent_garbled || failure == MachineFailure::agent_lied;
}

}  // namespace

// A machine from its launch until it is claimed, or gone.
class Pool::Entry : public MachineObserver {
 public:
  Entry(Pool& pool, const Kind& kind, MachineConfig config)
      : pool_(pool), kind_(kind), machine_(std::make_unique<Machine>(pool.ring_, std::move(config), *this)) {}

  const Kind& kind() const { return kind_; }
  Machine& machine() { return *machine_; }
  std::unique_ptr<Machine> take() { return std::move(machine_); }

  void machine_ready(Machine&) override { pool_.became_ready(*this); }
  void machine_replied(Machine&, const Reply&) override {}  // none before it is claimed
  void machine_released(Machine&, const MachineEnd& end) override { pool_.gone(*this, end); }
  void machine_moved(Machine& machine, MachineState from, MachineState to) override {
    log_move(pool_.log_, machine, from, to);
  }

 private:
  Pool& pool_;
  Kind kind_;
  std::unique_ptr<Machine> machine_;
};

Pool::Pool(Ring& ring, TemplateCache& templates, const Log& log, PoolOptions options,
           std::function<void(const std::string&)> on_trouble)
    : ring_(ring),
      templates_(templates),
      log_(log),
      options_(options),
      on_trouble_(std::move(on_trouble)),
      demand_(options.size),
      ahead_timer_(ring, [this] { refill(); }) {
  if (auto memory = HostMemory::open()) memory_ = *std::move(memory);
}

Pool::~Pool() = default;

std::shared_ptr<Pool::Claim> Pool::claim(const MachineParts& parts, const MachineShape& shape,
                                         OnMachine on_machine) {
  const Kind kind{&parts, shape};
  Group& group = groups_[kind];
  const auto claim = std::make_shared<Claim>();
  claim->on_machine_ = std::move(on_machine);
  claim->hit_ = group.ready.size() > group.waiting.size();
  group.waiting.push_back(claim);
  demand_.note(kind);
  if (claim->hit_) {
    ahead_timer_.start(kAheadDelay);
    ring_.defer([this, kind] { serve(kind); });
  } else {
    for (const auto& entry : group.launching) entry->machine().skip_exercise();
    refill();
  }
  return claim;
}

void Pool::outcome_known() {
  ahead_timer_.stop();
  refill();
}

void Pool::expect_at_most(int claims) {
  demand_.limit(claims);
  refill();
}

GroupCount Pool::count(const Kind& kind, const Group& group) const {
  const auto waiting = std::count_if(group.waiting.begin(), group.waiting.end(),
                                     [](const auto& claim) { return !claim.expired(); });
  return {static_cast<int>(waiting), static_cast<int>(group.launching.size()),
          static_cast<int>(group.ready.size()), demand_.wanted(kind)};
}

// Called whenever something has changed that the plan depends on.
void Pool::refill() {
  if (closing_ || std::exchange(refilling_, true)) return;
  for (auto& [kind, group] : groups_) refill(kind, group);
  // A group that nobody will want soon holds its template for nothing. One that has none for a
  // reason stays, or each task would try again.
  std::erase_if(groups_, [this](const auto& item) {
    const GroupCount now = count(item.first, item.second);
    return now.waiting + now.launching + now.ready + now.wanted == 0 &&
           item.second.state != TemplateState::asked && item.second.state != TemplateState::failed;
  });
  refilling_ = false;
}

void Pool::refill(const Kind& kind, Group& group) {
  if (kind.first->stale) {
    while (!group.ready.empty()) let_go(group.ready, group.ready.begin());
    demand_.forget(kind);
  }
  const GroupPlan wanted = plan(count(kind, group));
  for (int i = 0; i < wanted.drop; ++i) let_go(group.ready, group.ready.begin());
  if (wanted.launch_now + wanted.launch_ahead == 0) return;
  if (options_.snapshots && group.state == TemplateState::unasked) ask_for_template(kind, group);
  if (group.state == TemplateState::asked) return;
  for (int i = 0; i < wanted.launch_now && may_launch(kind.second, false); ++i) launch(kind, group, false);
  for (int i = 0; i < wanted.launch_ahead && may_launch(kind.second, true); ++i) launch(kind, group, true);
}

void Pool::ask_for_template(const Kind& kind, Group& group) {
  group.state = TemplateState::asked;
  templates_.get(*kind.first, kind.second, [this, kind](Result<TemplateCache::Shared> answer) {
    Group& asked = groups_.at(kind);
    asked.state = answer ? TemplateState::had : TemplateState::failed;
    if (answer) asked.snapshot = *std::move(answer);
    if (!answer && !closing_) on_trouble_("machines boot instead of being restored: " + answer.error().message());
    refill();
    tell_if_closed();
  });
}

bool Pool::may_launch(const MachineShape& shape, bool ahead) const {
  if (ahead && (ahead_timer_.running() || launching_ >= options_.most_launching_ahead)) return false;
  if (!memory_) return true;
  const auto state = memory_->read();
  const std::int64_t wanted = static_cast<std::int64_t>(shape.memory_mib) << 20;
  if (!state || admits(*state, wanted, launching_)) return true;
  return !ahead && living_ == 0;
}

void Pool::launch(const Kind& kind, Group& group, bool ahead) {
  auto entry = make_entry(kind, group, ahead);
  if (!entry && ahead) return;  // whoever asks next will be told
  if (!entry) return fail_claim(group, not_made(entry.error()));
  ++living_;
  ++launching_;
  group.launching.push_back(*std::move(entry));
  group.launching.back()->machine().launch();
}

Result<std::unique_ptr<Pool::Entry>> Pool::make_entry(const Kind& kind, const Group& group, bool ahead) {
  const auto& [parts, shape] = kind;
  auto name = random_hex(kNameBytes);
  if (!name) return std::move(name).error();
  auto config = group.snapshot ? restored_machine(*parts, shape, "m-" + *name, group.snapshot->snapshot())
                               : booting_machine(*parts, shape, "m-" + *name);
  if (!config) return std::move(config).error();
  if (ahead && parts->image && !parts->image->exercise.empty()) {
    config->exercise = exercise_with(parts->image->exercise);
  }
  return std::make_unique<Entry>(*this, kind, *std::move(config));
}

void Pool::became_ready(Entry& entry) {
  --launching_;
  Group& group = groups_.at(entry.kind());
  const auto found = std::find_if(group.launching.begin(), group.launching.end(),
                                  [&](const auto& other) { return other.get() == &entry; });
  group.ready.splice(group.ready.end(), group.launching, found);
  // Not from inside the machine: its observer changes.
  ring_.defer([this, kind = entry.kind()] {
    serve(kind);
    refill();
  });
}

std::shared_ptr<Pool::Claim> Pool::next_claim(Group& group) {
  while (!group.waiting.empty()) {
    const auto claim = group.waiting.front().lock();
    group.waiting.pop_front();
    if (claim) return claim;
  }
  return nullptr;
}

// Hands machines that are ready to those who wait, the oldest first.
void Pool::serve(const Kind& kind) {
  const auto found = groups_.find(kind);
  if (found == groups_.end()) return;
  Group& group = found->second;
  // One that fails while it waits stays in the list until it is gone.
  const auto is_whole = [](const auto& entry) { return entry->machine().state() == MachineState::ready; };
  while (true) {
    const auto place = std::find_if(group.ready.begin(), group.ready.end(), is_whole);
    const auto claim = place == group.ready.end() ? nullptr : next_claim(group);
    if (!claim) return;
    const auto entry = std::move(*place);
    group.ready.erase(place);
    const auto on_machine = std::move(claim->on_machine_);
    on_machine(Claimed{entry->take(), claim->hit_, Lease(*this)});
  }
}

void Pool::fail_claim(Group& group, const MachineEnd& end) {
  const auto claim = next_claim(group);
  if (!claim) return;
  ring_.defer([claim, end] { claim->on_machine_(end); });
}

// Kills a machine that waits or is on its way.
void Pool::let_go(Entries& from, Entries::iterator entry) {
  Machine& machine = (*entry)->machine();
  if (machine.state() < MachineState::ready) --launching_;
  leaving_.splice(leaving_.end(), from, entry);
  machine.kill();
}

void Pool::let_all_go(Group& group) {
  for (Entries* entries : {&group.launching, &group.ready}) {
    while (!entries->empty()) let_go(*entries, entries->begin());
  }
}

// A machine has ended without ever having been claimed: let go, or by itself.
void Pool::gone(Entry& entry, const MachineEnd& end) {
  const auto is_it = [&](const auto& other) { return other.get() == &entry; };
  Entries buried;
  const auto take_from = [&](Entries& entries) {
    const auto found = std::find_if(entries.begin(), entries.end(), is_it);
    if (found == entries.end()) return false;
    buried.splice(buried.end(), entries, found);
    return true;
  };
  if (!take_from(leaving_)) {
    Group& group = groups_.at(entry.kind());
    const bool was_launching = take_from(group.launching);
    if (was_launching) {
      --launching_;
      if (entry.machine().restored()) suspect_template(entry.kind(), end);
    } else {
      take_from(group.ready);
    }
    if (was_launching || is_agents_doing(end.failure)) {
      demand_.forget(entry.kind());  // or it would be tried for ever: the next claim will tell
      const GroupCount left = count(entry.kind(), group);
      if (left.waiting > left.launching + left.ready) fail_claim(group, end);  // nobody else comes for it
    }
  }
  // Not here: it is what has called us.
  ring_.defer([this, buried = std::make_shared<Entries>(std::move(buried))] {
    buried->clear();
    ended();
    tell_if_closed();
  });
}

// A machine that could not go on from a snapshot speaks against the snapshot, unless
// something else explains it. Where QEMU ended before it spoke, the host may be to blame, and the snapshot is kept.
void Pool::suspect_template(const Kind& kind, const MachineEnd& end) {
  Group& group = groups_.at(kind);
  if (!group.snapshot) return;
  switch (end.failure) {
    case MachineFailure::vmm_exited:
      if (!end.process || end.process->status == 0) return;  // somebody asked it to
      if (!end.greeted) break;
      [[fallthrough]];
    case MachineFailure::qmp_failed:
    case MachineFailure::agent_garbled:
    case MachineFailure::agent_lied:
      templates_.discard(*group.snapshot);
      break;
    case MachineFailure::boot_timeout:
      break;  // or a very busy host: keep it for later
    default: return;
  }
  group.snapshot.reset();
  group.state = TemplateState::failed;
  on_trouble_("machines boot from now on, as one could not be restored: " + end.detail);
}

void Pool::ended() {
  --living_;
  refill();
}

void Pool::close(std::function<void()> on_closed) {
  closing_ = true;
  on_closed_ = std::move(on_closed);
  for (auto& [kind, group] : groups_) let_all_go(group);
  templates_.cancel();
  ring_.defer([this] { tell_if_closed(); });
}

void Pool::tell_if_closed() {
  if (!closing_ || !on_closed_ || !leaving_.empty()) return;
  for (const auto& [kind, group] : groups_) {
    if (group.state == TemplateState::asked) return;
  }
  std::exchange(on_closed_, nullptr)();
}

}  // namespace mayfly
