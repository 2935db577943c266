// SPDX-License-Identifier: Apache-2.0
#include "captured_vmm.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/json.h"
#include "sys/files.h"

namespace mayfly::hostile {
namespace {

constexpr MachineShape kShape{64, 1};

std::string new_name() {
  static int count = 0;
  return "vmm-" + std::to_string(++count);
}

// {"<what>":{…}}, its members written by `members`.
std::string message(std::string_view what, const std::function<void(JsonWriter&)>& members) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_key(writer, what);
  writer.StartObject();
  members(writer);
  writer.EndObject();
  writer.EndObject();
  return buffer.GetString();
}

void write_list(JsonWriter& writer, std::string_view name, const std::vector<std::string>& texts) {
  write_key(writer, name);
  writer.StartArray();
  for (const std::string& text : texts) write_string(writer, text);
  writer.EndArray();
}

void write_jail(JsonWriter& writer, const Jail& jail) {
  write_list(writer, "jail", jail.layers());
  write_key(writer, "allowed");
  writer.StartArray();
  for (const int number : jail.allowed_syscalls()) writer.Int(number);
  writer.EndArray();
}

struct stat status_of(int fd) {
  struct stat status {};
  ::fstat(fd, &status);
  return status;
}

// {name} in a word becomes the descriptor's number; other braces stay.
std::string filled(std::string word, const std::map<std::string, int>& numbers) {
  for (const auto& [name, number] : numbers) {
    const std::string mark = "{" + name + "_fd}";
    const std::size_t at = word.find(mark);
    if (at != word.npos) word.replace(at, mark.size(), std::to_string(number));
  }
  return word;
}

}  // namespace

CapturedVmm::CapturedVmm(Cell& cell, Fd socket, std::function<void()> on_done)
    : cell_(cell),
      socket_(std::move(socket)),
      on_done_(std::move(on_done)),
      packets_(cell.ring(), socket_.get(), POLLIN, [this] { take_packet(); }),
      name_(new_name()) {}

CapturedVmm::~CapturedVmm() {
  if (config_ && config_->cgroup) cell_.disarm(config_->cgroup->id());
}

// Who hangs up wants it dead; its end comes by itself then.
void CapturedVmm::take_packet() {
  auto packet = receive_packet(socket_.get());
  if (packet) {
    packets_.rearm();
    return obey(*std::move(packet));
  }
  if (!process_) return on_done_();
  process_->kill(SIGKILL);
}

void CapturedVmm::obey(Packet packet) {
  if (packet.text == "arm") return arm();
  if (auto launched = launch(std::move(packet)); !launched) {
    send_packet(socket_.get(), message("failed", [&](JsonWriter& writer) { write_text(writer, "why", launched.error().message()); }));
  }
}

Result<void> CapturedVmm::launch(Packet packet) {
  auto words = split(packet.text, '\0');
  if (process_ || words.empty()) return Error("not a request to launch");
  const auto names = split(words.front(), ' ');
  for (std::size_t i = 0; i < std::min(names.size(), packet.descriptors.size()); ++i) given_[names[i]] = std::move(packet.descriptors[i]);
  auto config = make_config();
  if (!config) return std::move(config).error();
  config_ = *std::move(config);
  Numbers numbers;
  for (const auto& [name, fd] : given_) {
    if (fd) numbers[name] = fd.get();
  }
  const std::pair<const char*, const Fd*> own[] = {{"gold", &config_->disk}, {"disk", &config_->overlay}, {"template", &config_->memory},
                                                   {"state", &config_->state}, {"kernel", &config_->kernel}, {"initramfs", &config_->initramfs}};
  for (const auto& [name, fd] : own) {
    if (*fd) numbers[name] = fd->get();
  }
  words.front() = cell_.options().program;
  return spawn(numbers, std::move(words));
}

// A machine like any other. What stands in for its QEMU gets gold image, overlay and template
// from the test, by way of the factory as well.
Result<MachineConfig> CapturedVmm::make_config() {
  MachineParts parts = cell_.parts();
  if (cell_.options().qemu) return booting_machine(parts, kShape, name_);
  parts.vmm.accelerator = Accelerator::kvm;  // TCG's buffer is not for it
  for (const char* name : {"gold", "disk", "template"}) {
    if (!given_[name]) return Error(std::string("no descriptor '") + name + "'");
  }
  image_.disk.fd = std::move(given_["gold"]);
  image_.overlay.fd = std::move(given_["disk"]);
  parts.image = &image_;
  const int memory = given_["template"].get();
  return restored_machine(parts, kShape, name_, {memory, memory, image_.overlay.fd.get(), status_of(image_.overlay.fd.get()).st_size, ""});
}

// As Machine does it; but the disk is as small from the start as a task may have it later.
Result<void> CapturedVmm::spawn(const Numbers& numbers, std::vector<std::string> arguments) {
  config_->process_limits.file_bytes = status_of(config_->overlay.get()).st_size + cell_.options().disk_bytes;
  auto confinement = Confinement::create(config_->oversight.jail, config_->cgroup ? &*config_->cgroup : nullptr, config_->process_limits);
  if (!confinement) return std::move(confinement).error();
  ProcessSpec spec;
  spec.path = cell_.options().program;
  if (cell_.options().qemu) arguments = qemu_command(numbers);
  for (std::string& argument : arguments) spec.argv.push_back(filled(std::move(argument), numbers));
  spec.env = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
  for (const auto& [name, number] : numbers) {
    if (name == "out") spec.stdout_fd = number;
    else if (name == "err") spec.stderr_fd = number;
    else spec.inherit.push_back(number);
  }
  spec.setup = &*confinement;
  auto process = Process::spawn(spec);
  if (!process) return std::move(process).error();
  process_ = *std::move(process);
  given_.clear();
  exit_watch_ = std::make_unique<Watch>(cell_.ring(), process_->pidfd(), POLLIN, [this] { end(); });
  tell_start(numbers);
  return {};
}

std::vector<std::string> CapturedVmm::qemu_command(const Numbers& numbers) const {
  MachineSpec spec;
  spec.vmm = config_->vmm;
  spec.size = config_->size;
  spec.kernel_fd = config_->kernel.get();
  spec.initramfs_fd = config_->initramfs.get();
  spec.disk = DiskSpec{config_->disk.get(), config_->overlay.get()};
  spec.qmp_fd = numbers.at("qmp");
  spec.agent_fd = numbers.at("agent");
  spec.console_fd = numbers.at("console");
  return qemu_arguments(spec);
}

void CapturedVmm::tell_start(const Numbers& numbers) const {
  send_packet(socket_.get(), message("started", [&](JsonWriter& writer) {
    write_integer(writer, "pid", process_->pid());
    write_integer(writer, "cgroup", static_cast<std::int64_t>(config_->cgroup ? config_->cgroup->id() : 0));
    write_list(writer, "cgroups", cell_.cgroups().receipt());
    if (cell_.jail()) write_jail(writer, *cell_.jail());
    write_text(writer, "bpf", cell_.bpf());
    for (const auto& [name, number] : numbers) write_integer(writer, name + "_fd", number);
  }));
}

void CapturedVmm::arm() {
  const std::uint64_t cgroup = config_ && config_->cgroup ? config_->cgroup->id() : 0;
  const bool armed = cell_.arm(cgroup, [this](const Incident& incident) { tell(incident); });
  send_packet(socket_.get(), message("armed", [&](JsonWriter& writer) { write_bool(writer, "watched", armed); }));
}

void CapturedVmm::tell(const Incident& incident) const {
  send_packet(socket_.get(), message("incident", [&](JsonWriter& writer) {
    write_text(writer, "kind", to_string(incident.kind));
    write_integer(writer, "pid", incident.pid);
    write_bytes(writer, "comm", incident.comm);
    write_integer(writer, "number", incident.syscall);
    write_text(writer, "syscall", syscall_name(incident));
    write_bytes(writer, "path", incident.path);
  }));
}

void CapturedVmm::end() {
  cell_.consume();
  auto ended = process_->reap();
  if (!ended) return on_done_();
  auto counters = config_->cgroup ? config_->cgroup->counters() : std::vector<CgroupCounter>{};
  usage_reader_ = std::make_unique<UsageReader>(cell_.ring(), std::move(counters), [this, process = *ended](const CgroupUsage& usage) {
    tell_end(process, usage);
    on_done_();
  });
}

void CapturedVmm::tell_end(const ProcessEnd& process, const CgroupUsage& usage) const {
  const struct stat overlay = status_of(config_->overlay.get());
  send_packet(socket_.get(), message("end", [&](JsonWriter& writer) {
    write_integer(writer, process.signalled ? "signal" : "status", process.status);
    write_integer(writer, "oom_kills", usage.oom_kills);
    write_integer(writer, "disk_size", overlay.st_size);
    write_integer(writer, "disk_allocated", overlay.st_blocks * 512);
  }));
}

}  // namespace mayfly::hostile
