// SPDX-License-Identifier: Apache-2.0
//
// die-at FROM EVENT: boots a real machine, brings it to state FROM, makes EVENT happen, and
// dies of SIGKILL at the very moment when the machine leaves FROM: after the state has changed
// and before the action that belongs to it. What is left of it then is for its caller to see.
//
//   --list         every (state, event) that changes the state, from the table itself:
//                  FROM EVENT TO HOW, where HOW says who makes EVENT happen
//   --home DIR     state directory of mayfly
//   --qemu PATH    QEMU binary
//
// Prints "pid N" when QEMU has been started. Never exits with 0 other than for --list.
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "guest/initramfs.h"
#include "machine/factory.h"
#include "sys/files.h"

namespace mayfly {
namespace {

// Lets this test call one private member function: an explicit instantiation may name it.
template <auto Method>
struct Expose {
  friend void hand_over(Machine& machine, MachineEvent event) { (machine.*Method)(event); }
};
void hand_over(Machine& machine, MachineEvent event);
template struct Expose<&Machine::handle>;

constexpr const char* kSecondGreeting = "{\"QMP\": {}}\n";

constexpr int kExitUsage = 2;
constexpr int kExitNotReached = 3;

// Who makes the event happen.
enum class Cause {
  nature,       // it comes by itself
  host,         // the host: no descriptor left, or a SIGKILL for QEMU
  owner,        // the machine's owner, by a public call
  hostile_vmm,  // bytes on QEMU's own end of its QMP socket
  no_path,      // no code leads here today: the event is handed to the machine directly
};

const char* to_string(Cause cause) {
  switch (cause) {
    case Cause::nature: return "nature";
    case Cause::host: return "host";
    case Cause::owner: return "owner";
    case Cause::hostile_vmm: return "hostile-vmm";
    case Cause::no_path: return "no-path";
  }
  return "";
}

struct Transition {
  MachineState from;
  MachineEvent event;

  MachineState to() const { return step(from, event).next; }
};

std::vector<Transition> all_transitions() {
  std::vector<Transition> all;
  for (int s = 0; s < kMachineStates; ++s) {
    for (int e = 0; e < kMachineEvents; ++e) {
      const Transition t{static_cast<MachineState>(s), static_cast<MachineEvent>(e)};
      if (t.to() != t.from) all.push_back(t);
    }
  }
  return all;
}

Cause cause_of(const Transition& t) {
  switch (t.event) {
    case MachineEvent::launched:
      return t.from == MachineState::defined ? Cause::nature : Cause::no_path;
    case MachineEvent::launch_failed: return Cause::host;
    case MachineEvent::greeted:
      return t.from == MachineState::launching ? Cause::nature : Cause::hostile_vmm;
    case MachineEvent::configured:
      return t.from == MachineState::negotiating ? Cause::nature : Cause::no_path;
    case MachineEvent::agent_ready:
      return t.from == MachineState::booting ? Cause::nature : Cause::no_path;
    case MachineEvent::claimed:
      return t.from == MachineState::ready ? Cause::owner : Cause::no_path;
    case MachineEvent::kill_wanted: return Cause::owner;
    case MachineEvent::process_ended:
      return t.from == MachineState::killing ? Cause::nature : Cause::host;
    case MachineEvent::drained: return Cause::nature;
  }
  return Cause::no_path;
}

std::optional<Transition> find_transition(const std::string& from, const std::string& event) {
  for (const Transition& t : all_transitions()) {
    if (to_string(t.from) == from && to_string(t.event) == event) return t;
  }
  return std::nullopt;
}

[[noreturn]] void give_up(int status, const std::string& why) {
  std::fprintf(stderr, "die-at: %s\n", why.c_str());
  ::_exit(status);
}

template <class T>
T must(Result<T> result) {
  if (!result) give_up(kExitNotReached, result.error().message());
  return *std::move(result);
}

void must(Result<void> result) {
  if (!result) give_up(kExitNotReached, result.error().message());
}

// The descriptor that QEMU was given for QMP, from its command line.
int qmp_descriptor(pid_t pid) {
  const std::string line = must(read_file("/proc/" + std::to_string(pid) + "/cmdline", 1 << 20));
  const std::string prefix = "socket,id=qmp,fd=";
  const std::size_t at = line.find(prefix);
  if (at == std::string::npos) give_up(kExitNotReached, "QEMU has no QMP socket");
  return std::atoi(line.c_str() + at + prefix.size());
}

// Writes to mayfly in QEMU's name.
void say_as_qemu(pid_t pid, const std::string& line) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const Fd socket(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd.get(), qmp_descriptor(pid), 0)));
  if (!socket) give_up(kExitNotReached, "QEMU's socket cannot be had");
  must(write_all(socket.get(), line));
}

// No descriptor is left, so that no socket can be made.
void use_up_descriptors() {
  const int next = ::dup(STDERR_FILENO);
  const rlimit limit{static_cast<rlim_t>(next), static_cast<rlim_t>(next)};
  ::close(next);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Owns the machine, leads it to the transition, and dies there.
class Victim : public MachineObserver {
 public:
  Victim(Ring& ring, const Transition& wanted) : ring_(ring), wanted_(wanted) {}

  void adopt(std::unique_ptr<Machine> machine) { machine_ = std::move(machine); }

  void start() {
    if (wanted_.from != MachineState::defined) return machine_->launch();
    if (wanted_.event == MachineEvent::kill_wanted) return machine_->kill();
    if (wanted_.event == MachineEvent::launch_failed) use_up_descriptors();
    machine_->launch();
  }

  void machine_ready(Machine& machine) override {
    if (wanted_.from != MachineState::ready) machine.claim();
  }
  void machine_replied(Machine&, const Reply&) override {}
  void machine_released(Machine&, const MachineEnd& end) override {
    give_up(kExitNotReached, "the machine was released first: " + end.detail);
  }

  void machine_moved(Machine& machine, MachineState from, MachineState to) override {
    if (from == MachineState::defined && machine.pid() > 0) tell(machine.pid());
    if (from == wanted_.from) {
      if (to == wanted_.to()) ::raise(SIGKILL);
      give_up(kExitNotReached, "the machine went on to " + std::string(to_string(to)));
    }
    if (to == wanted_.from) return provoke();
    // The states of dying are reached from a machine that runs.
    if (to == MachineState::running) ring_.defer([this] { machine_->kill(); });
  }

 private:
  void tell(pid_t pid) const {
    std::printf("pid %d\n", pid);
    std::fflush(stdout);
  }

  // QEMU moves on by itself from its first states, so there the event comes at once or to a
  // QEMU that is held; elsewhere after the state's own action.
  void provoke() {
    if (wanted_.from == MachineState::launching) return make_happen();
    if (wanted_.from == MachineState::negotiating && cause_of(wanted_) != Cause::nature) {
      ::kill(machine_->pid(), SIGSTOP);
    }
    ring_.defer([this] { make_happen(); });
  }

  void make_happen() {
    switch (cause_of(wanted_)) {
      case Cause::nature: return;
      case Cause::host: ::kill(machine_->pid(), SIGKILL); return;
      case Cause::hostile_vmm: return say_as_qemu(machine_->pid(), kSecondGreeting);
      case Cause::no_path: return hand_over(*machine_, wanted_.event);
      case Cause::owner:
        return wanted_.event == MachineEvent::claimed ? machine_->claim() : machine_->kill();
    }
  }

  Ring& ring_;
  Transition wanted_;
  std::unique_ptr<Machine> machine_;
};

// Leads to SIGKILL, or gives up.
void die(const std::string& home, const std::string& qemu, const Transition& wanted) {
  const auto ring = must(Ring::open());
  const Kernel kernel = must(open_kernel(home));
  const Image image = must(open_image(home, "base"));
  const RunDirectory directory = must(RunDirectory::create(home));
  const Fd initramfs = must(sealed_memory_file("initramfs", agent_initramfs()));
  MachineParts parts;
  parts.qemu = qemu;
  parts.kernel = &kernel;
  parts.initramfs_fd = initramfs.get();
  parts.image = &image;
  parts.run_directory = &directory;
  parts.boot_timeout = 120 * kSecond;
  Victim victim(*ring, wanted);
  victim.adopt(must(make_machine(*ring, parts, MachineShape{}, "victim", victim)));
  ring->defer([&] { victim.start(); });
  must(ring->run());
}

int list() {
  for (const Transition& t : all_transitions()) {
    std::printf("%s %s %s %s\n", std::string(to_string(t.from)).c_str(),
                std::string(to_string(t.event)).c_str(), std::string(to_string(t.to())).c_str(),
                to_string(cause_of(t)));
  }
  return 0;
}

int main_with(std::vector<std::string> arguments) {
  std::string home, qemu;
  std::vector<std::string> names;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--list") return list();
    std::string* value = arguments[i] == "--home" ? &home : arguments[i] == "--qemu" ? &qemu : nullptr;
    if (!value) {
      names.push_back(arguments[i]);
    } else if (++i < arguments.size()) {
      *value = arguments[i];
    }
  }
  const auto wanted = names.size() == 2 ? find_transition(names[0], names[1]) : std::nullopt;
  if (!wanted || home.empty()) give_up(kExitUsage, "usage: die-at --home DIR --qemu PATH FROM EVENT | --list");
  die(home, qemu, *wanted);
  return kExitNotReached;
}

}  // namespace
}  // namespace mayfly

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return mayfly::main_with({argv, argv + argc});
}
