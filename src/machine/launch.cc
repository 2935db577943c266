// SPDX-License-Identifier: Apache-2.0
// The part of Machine that starts the process and connects its channels.
#include <poll.h>
#include <sys/stat.h>

#include "machine/machine.h"
#include "machine/machine_sampler.h"
#include "sys/files.h"

namespace mayfly {

// One end of each channel, or the other.
struct Machine::Sockets {
  Fd qmp, agent, console;
};

namespace {

Result<void> connect(Fd& near_end, Fd& far_end) {
  auto pair = socket_pair();
  if (!pair) return std::move(pair).error();
  near_end = std::move(pair->first);
  far_end = std::move(pair->second);
  return {};
}

}  // namespace

void Machine::launch() {
  if (state_ != MachineState::defined) return;  // it was killed before
  if (auto started = start_process(); !started) {
    failed_ = true;
    end_.failure = MachineFailure::launch_failed;
    end_.detail = "QEMU could not be started: " + started.error().message();
    return handle(MachineEvent::launch_failed);
  }
  if (config_.sampler) config_.sampler->launched(*this);
  boot_timer_.start(config_.boot_timeout);
  handle(MachineEvent::launched);
}

Result<void> Machine::start_process() {
  Sockets near_ends, far_ends;
  for (const auto socket : {&Sockets::qmp, &Sockets::agent, &Sockets::console}) {
    if (auto made = connect(near_ends.*socket, far_ends.*socket); !made) return made;
  }
  auto stderr_pipe = make_pipe();
  if (!stderr_pipe) return std::move(stderr_pipe).error();
  const MachineSpec spec = spec_for(far_ends);
  state_fd_ = spec.state_fd;
  auto process = spawn(spec, stderr_pipe->second.get());
  if (!process) return std::move(process).error();
  process_ = *std::move(process);
  note_overlay();
  has_disk_ = static_cast<bool>(config_.disk);
  hand_over_files();
  open_channels(std::move(near_ends), std::move(stderr_pipe->first));
  return {};
}

Result<Process> Machine::spawn(const MachineSpec& spec, int stderr_fd) {
  const Cgroup* cgroup = config_.cgroup ? &*config_.cgroup : nullptr;
  auto confinement = Confinement::create(config_.jail, cgroup, config_.process_limits);
  if (!confinement) return std::move(confinement).error();
  return Process::spawn({.path = spec.qemu,
                         .argv = qemu_arguments(spec),
                         .env = {"PATH=/usr/bin:/bin", "LC_ALL=C"},
                         .inherit = inherited_descriptors(spec),
                         .stderr_fd = stderr_fd,
                         // A guest that boots and lives long does better with them.
                         .huge_pages = !config_.restored,
                         .setup = &*confinement});
}

void Machine::note_overlay() {
  struct stat s {};
  if (!config_.overlay || ::fstat(config_.overlay.get(), &s) < 0) return;
  overlay_bytes_ = s.st_size;
  overlay_device_ = s.st_dev;
}

// The process has them now, and nobody else. The state's is still wanted by one that is to be
// saved: it is passed once more, then.
void Machine::hand_over_files() {
  for (Fd* file : {&config_.kernel, &config_.initramfs, &config_.disk, &config_.overlay, &config_.memory}) file->reset();
  if (config_.restored) config_.state.reset();
}

MachineSpec Machine::spec_for(const Sockets& far_ends) const {
  MachineSpec spec;
  spec.qemu = config_.qemu;
  spec.accelerator = config_.accelerator;
  spec.memory_mib = config_.memory_mib;
  spec.vcpus = config_.vcpus;
  spec.tsc_khz = config_.tsc_khz;
  spec.kernel_fd = config_.kernel.get();
  spec.initramfs_fd = config_.initramfs.get();
  if (config_.memory) spec.memory = MemorySpec{config_.memory.get(), !config_.restored};
  spec.incoming = config_.restored;
  if (config_.restored) spec.state_fd = config_.state.get();
  if (config_.disk) spec.disk = DiskSpec{config_.disk.get(), config_.overlay.get()};
  spec.qmp_fd = far_ends.qmp.get();
  spec.agent_fd = far_ends.agent.get();
  spec.console_fd = far_ends.console.get();
  return spec;
}

void Machine::open_channels(Sockets near_ends, Fd stderr_pipe) {
  exit_watch_ = std::make_unique<Watch>(ring_, process_->pidfd(), POLLIN,
                                        [this] { handle(MachineEvent::process_ended); });
  ++undrained_;
  qmp_ = std::make_unique<QmpSession>(
      ring_, std::move(near_ends.qmp),
      QmpSession::Handlers{
          .on_greeting = [this] { handle(MachineEvent::greeted); },
          .on_event = [this](const QmpEvent& event) { take_qmp_event(event); },
          .on_closed = [this] {
            channel_closed();
            channel_drained();
          },
          .on_garbled = [this](const Error& error) {
            fail(MachineFailure::qmp_failed, error.message());
            channel_drained();
          }});
  agent_ = std::make_unique<Stream>(
      ring_, std::move(near_ends.agent),
      Stream::Handlers{
          .on_bytes = [this](std::string_view bytes) { take_agent_bytes(bytes); },
          .on_end = [this](int) { channel_closed(); }});
  agent_->resume();
  const auto tail = [this](Fd fd, TailBuffer& buffer) {
    ++undrained_;
    auto stream = std::make_unique<Stream>(
        ring_, std::move(fd),
        Stream::Handlers{
            .on_bytes = [&buffer](std::string_view bytes) { buffer.append(bytes); },
            .on_end = [this](int) { channel_drained(); }});
    stream->resume();
    return stream;
  };
  console_ = tail(std::move(near_ends.console), console_tail_);
  stderr_ = tail(std::move(stderr_pipe), stderr_tail_);
}

}  // namespace mayfly
