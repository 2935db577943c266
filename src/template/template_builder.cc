// SPDX-License-Identifier: Apache-2.0
#include "template/template_builder.h"

#include <fcntl.h>

#include "base/id.h"
#include "sys/files.h"
#include "sys/memory_file.h"

namespace mayfly {
namespace {

constexpr std::size_t kNameBytes = 4;
constexpr std::uint32_t kWarmupUser = 65534;  // nobody
constexpr std::int64_t kCommandTimeoutMs = 60'000;
constexpr Nanoseconds kWarmupTimeout = 5 * 60 * kSecond;  // of all commands together, for the host

ExecRequest warmup_command(const std::string& command) {
  ExecRequest exec;
  exec.bin = "/bin/sh";
  exec.args = {"-c", command};
  exec.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", "/tmp"}, {"LANG", "C.UTF-8"}};
  exec.cwd = "/";
  exec.timeout_ms = kCommandTimeoutMs;
  exec.user = kWarmupUser;
  return exec;
}

// All that is to run in it, in this order. What the commands write is on the disk before the last begins, and so every
// clone need not write it anew.
std::deque<ExecRequest> preparation_of(const MachineParts& parts, const MachineShape& shape) {
  std::deque<ExecRequest> steps;
  if (!parts.image) return steps;
  for (const std::string& command : warmup_for(*parts.image, shape.language)) steps.push_back(warmup_command(command));
  steps.push_back(warmup_command("sync"));
  const auto prestart = parts.prestarts.find(shape.language);
  if (prestart != parts.prestarts.end()) steps.push_back(prestart->second);
  return steps;
}

}  // namespace

TemplateBuilder::TemplateBuilder(Ring& ring, const MachineParts& parts, const MachineShape& shape,
                                 OnBuilt on_built)
    : ring_(ring),
      parts_(parts),
      on_built_(std::move(on_built)),
      steps_(preparation_of(parts, shape)),
      warmup_timer_(ring, [this] { machine_->kill(); }) {
  if (auto started = start(shape); !started) {
    ring_.defer([this, error = started.error()] { on_built_(error); });
  }
}

TemplateBuilder::~TemplateBuilder() = default;

Result<void> TemplateBuilder::start(const MachineShape& shape) {
  const auto name = random_hex(kNameBytes);  // several may be built at the same time
  if (!name) return name.error();
  auto config = booting_machine(parts_, shape, "template-" + *name);
  if (!config) return std::move(config).error();
  raw_.memory_bytes = static_cast<std::int64_t>(shape.memory_mib) << 20;
  auto memory = memory_file("mayfly-memory", raw_.memory_bytes);
  if (!memory) return std::move(memory).error();
  auto state = memory_file("mayfly-state", 0);
  if (!state) return std::move(state).error();
  raw_.memory = *std::move(memory);
  raw_.state = *std::move(state);
  auto machines_own = reopen(raw_.memory.get(), O_RDWR);
  if (!machines_own) return std::move(machines_own).error();
  config->memory = *std::move(machines_own);
  auto states_own = duplicate(raw_.state.get());
  if (!states_own) return std::move(states_own).error();
  config->state = *std::move(states_own);
  if (config->overlay) {
    auto overlay = duplicate(config->overlay.get());
    if (!overlay) return std::move(overlay).error();
    raw_.overlay = *std::move(overlay);
  }
  MachineObserver& observer = *this;
  machine_ = std::make_unique<Machine>(ring_, *std::move(config), observer);
  ring_.defer([this] { machine_->launch(); });
  return {};
}

void TemplateBuilder::machine_ready(Machine& machine) {
  raw_.token = machine.token();
  machine.claim(*this);
  warmup_timer_.start(kWarmupTimeout);
  send_next();
}

void TemplateBuilder::send_next() {
  if (steps_.empty()) return machine_->save();
  request_ = machine_->send(std::move(steps_.front()));
  steps_.pop_front();
}

void TemplateBuilder::machine_replied(Machine&, const Reply& reply) {
  const bool output = std::holds_alternative<StreamReply>(reply.body);
  if (reply.id == request_ && !output) send_next();
}

void TemplateBuilder::machine_released(Machine& machine, const MachineEnd& end) {
  warmup_timer_.stop();
  if (machine.saved()) return on_built_(std::move(raw_));
  std::string why = end.detail.empty() ? "the warm-up took too long" : end.detail;
  if (!end.stderr_tail.empty()) why += "; QEMU says: " + end.stderr_tail;
  on_built_(Error(why).context("a template could not be built"));
}

}  // namespace mayfly
