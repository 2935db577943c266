// SPDX-License-Identifier: Apache-2.0
//
// die-at FROM EVENT: brings a real machine to state FROM, makes EVENT happen, and dies of
// SIGKILL at the very moment when the machine leaves FROM: after the state has changed and
// before the action that belongs to it. What is left of it then is for its caller to see.
// The machine is restored from the template of the state directory, which is built if there
// is none; where a snapshot is written it boots, as the machine of a template does.
//
//   --list         every (state, event) that changes the state, from the table itself:
//                  FROM EVENT TO HOW, where HOW says who makes EVENT happen
//   --home DIR     state directory of mayfly
//   --qemu PATH    QEMU binary
//   --accel kvm    under KVM, which is not asked whether it works; else TCG
//
// Prints "pid N" when QEMU has been started. Never exits with 0 other than for --list.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "guest/initramfs.h"
#include "machine/factory.h"
#include "sys/files.h"
#include "sys/memory_file.h"
#include "sys/tsc.h"
#include "template/template_cache.h"

namespace mayfly {
namespace {

// Lets this test call one private member function: an explicit instantiation may name it.
template <auto Method>
struct Expose {
  friend void hand_over(Machine& machine, MachineEvent event) { (machine.*Method)(event); }
};
void hand_over(Machine& machine, MachineEvent event);
template struct Expose<&Machine::handle>;

// What QEMU may say only once, or only when it was asked to load a snapshot.
constexpr const char* kSecondGreeting = "{\"QMP\": {}}\n";
constexpr const char* kLoaded = "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"completed\"}}\n";

// The shape of a task that asks for nothing, and so of the template that the tests share.
constexpr MachineShape kShape{512 + 64, 1};

constexpr std::int64_t kMostTemplateBytes = 4LL << 30;

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
    case MachineEvent::loaded:
      if (t.from == MachineState::loading) return Cause::nature;
      // Right after the launch it may not be QEMU yet; while it saves, these are the words of success.
      return t.from == MachineState::launching || t.from == MachineState::saving ? Cause::no_path
                                                                                  : Cause::hostile_vmm;
    case MachineEvent::agent_ready:
      return t.from == MachineState::booting ? Cause::nature : Cause::no_path;
    case MachineEvent::exercised:
      return t.from == MachineState::exercising ? Cause::nature : Cause::no_path;
    case MachineEvent::claimed:
      return t.from == MachineState::ready ? Cause::owner : Cause::no_path;
    case MachineEvent::save_wanted:
      return t.from == MachineState::running ? Cause::owner : Cause::no_path;
    case MachineEvent::saved:
      return t.from == MachineState::saving ? Cause::nature : Cause::no_path;
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

  void start(MachineConfig config) {
    MachineObserver& observer = *this;
    machine_ = std::make_unique<Machine>(ring_, std::move(config), observer);
    if (wanted_.from != MachineState::defined) return machine_->launch();
    if (wanted_.event == MachineEvent::kill_wanted) return machine_->kill();
    if (wanted_.event == MachineEvent::launch_failed) use_up_descriptors();
    machine_->launch();
  }

  void machine_ready(Machine& machine) override {
    if (wanted_.from != MachineState::ready) machine.claim(*this);
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
    if (to == MachineState::running) ring_.defer([this] { lead_on(); });
  }

 private:
  void tell(pid_t pid) const {
    std::printf("pid %d\n", pid);
    std::fflush(stdout);
  }

  // The states behind `running` are reached from there.
  void lead_on() {
    if (wanted_.from == MachineState::saving) return machine_->save();
    machine_->kill();
  }

  // What does not come by itself has to come before QEMU moves on, so that it is held; but
  // right after the launch it may not yet be QEMU, and what is wanted there can happen at once.
  void provoke() {
    if (wanted_.from == MachineState::launching) return make_happen();
    if (cause_of(wanted_) != Cause::nature) ::kill(machine_->pid(), SIGSTOP);
    ring_.defer([this] { make_happen(); });
  }

  void make_happen() {
    switch (cause_of(wanted_)) {
      case Cause::nature: return;
      case Cause::host: ::kill(machine_->pid(), SIGKILL); return;
      case Cause::hostile_vmm:
        return say_as_qemu(machine_->pid(), wanted_.event == MachineEvent::loaded ? kLoaded : kSecondGreeting);
      case Cause::no_path: return hand_over(*machine_, wanted_.event);
      case Cause::owner: return act_as_owner();
    }
  }

  void act_as_owner() {
    if (wanted_.event == MachineEvent::claimed) return machine_->claim(*this);
    if (wanted_.event == MachineEvent::save_wanted) return machine_->save();
    machine_->kill();
  }

  Ring& ring_;
  Transition wanted_;
  std::unique_ptr<Machine> machine_;
};

// What machines are made of, as mayfly itself has it, so that it is the same template, too.
struct Workshop {
  Workshop(const std::string& home, const std::string& qemu, Accelerator accelerator)
      : ring(must(Ring::open())),
        digests(home),
        kernel(must(open_kernel(home))),
        image(must(open_image(home, "base"))),
        directory(must(RunDirectory::create(home))),
        initramfs(must(sealed_memory_file("initramfs", agent_initramfs()))),
        templates(*ring, home, digests, kMostTemplateBytes) {
    parts.vmm.qemu = qemu;
    parts.vmm.accelerator = accelerator;
    parts.vmm.tsc_khz = measure_tsc_khz();
    parts.kernel = &kernel;
    parts.initramfs_fd = initramfs.get();
    parts.image = &image;
    parts.run_directory = &directory;
    parts.boot_timeout = 120 * kSecond;
    const Fd binary = must(open_file(qemu, O_RDONLY));
    parts.identity = {image.disk.sha256, kernel.vmlinux.sha256, sha256_of_text(agent_initramfs()),
                      must(digests.sha256(binary.get(), qemu))};
  }

  std::unique_ptr<Ring> ring;
  DigestCache digests;
  Kernel kernel;
  Image image;
  RunDirectory directory;
  Fd initramfs;
  TemplateCache templates;
  MachineParts parts;
  Fd memory;  // of a machine that is saved
};

bool is_of_saving(const Transition& t) {
  return t.from == MachineState::saving || t.event == MachineEvent::save_wanted;
}

// A machine that boots and can be saved.
MachineConfig savable(Workshop& workshop) {
  MachineConfig config = must(booting_machine(workshop.parts, kShape, "victim"));
  workshop.memory = must(memory_file("memory", static_cast<std::int64_t>(kShape.memory_mib) << 20));
  config.memory = must(duplicate(workshop.memory.get()));
  config.state = must(memory_file("state", 0));
  return config;
}

MachineConfig restored(Workshop& workshop, const Template& of) {
  MachineConfig config = must(restored_machine(workshop.parts, kShape, "victim", of.snapshot()));
  ExecRequest exercise;
  exercise.bin = "/bin/true";
  exercise.cwd = "/";
  config.exercise = exercise;
  return config;
}

// Leads to SIGKILL, or gives up.
void die(Workshop& workshop, const Transition& wanted) {
  Victim victim(*workshop.ring, wanted);
  TemplateCache::Shared snapshot;
  if (is_of_saving(wanted)) {
    workshop.ring->defer([&] { victim.start(savable(workshop)); });
  } else {
    workshop.templates.get(workshop.parts, kShape, [&](Result<TemplateCache::Shared> loaded) {
      snapshot = must(std::move(loaded));
      victim.start(restored(workshop, *snapshot));
    });
  }
  must(workshop.ring->run());
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
  std::string home, qemu, accelerator;
  std::vector<std::string> names;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--list") return list();
    std::string* value = arguments[i] == "--home"    ? &home
                         : arguments[i] == "--qemu"  ? &qemu
                         : arguments[i] == "--accel" ? &accelerator
                                                     : nullptr;
    if (!value) {
      names.push_back(arguments[i]);
    } else if (++i < arguments.size()) {
      *value = arguments[i];
    }
  }
  const auto wanted = names.size() == 2 ? find_transition(names[0], names[1]) : std::nullopt;
  if (!wanted || home.empty()) give_up(kExitUsage, "usage: die-at --home DIR --qemu PATH [--accel kvm] FROM EVENT | --list");
  Workshop workshop(home, qemu, accelerator == "kvm" ? Accelerator::kvm : Accelerator::tcg);
  die(workshop, *wanted);
  return kExitNotReached;
}

}  // namespace
}  // namespace mayfly

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return mayfly::main_with({argv, argv + argc});
}
