// SPDX-License-Identifier: Apache-2.0
#include "template/template_key.h"

#include <sys/utsname.h>

#include "base/sha256.h"
#include "qemu/machine_spec.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kKeyDigits = 32;
constexpr std::size_t kMaxCpuInfo = 4 << 20;

// Changes when a template of the same inputs would be made or kept in another way.
constexpr const char* kFormat = "2";

// The first processor's lines of /proc/cpuinfo that tell what it can do.
std::string host_processor() {
  const auto text = read_file("/proc/cpuinfo", kMaxCpuInfo);
  if (!text) return "unknown";
  std::string chosen;
  std::size_t start = 0;
  while (start < text->size() && (*text)[start] != '\n') {
    const std::size_t end = std::min(text->find('\n', start), text->size());
    const std::string line = text->substr(start, end - start);
    for (const char* name : {"vendor_id", "cpu family", "model", "stepping", "microcode", "flags"}) {
      if (line.starts_with(name)) chosen += line + "\n";
    }
    start = end + 1;
  }
  return chosen;
}

std::string host_kernel() {
  utsname name{};
  return ::uname(&name) == 0 ? std::string(name.release) + " " + name.version : "unknown";
}

// QEMU's command line without what differs from process to process: descriptors all have one
// number, and the measured rate of the clock is left out.
std::string command_line(const MachineParts& parts, const MachineShape& shape) {
  MachineSpec spec;
  spec.vmm = parts.vmm;
  spec.vmm.tsc_khz = 0;
  spec.size = shape;
  spec.kernel_fd = spec.initramfs_fd = spec.state_fd = spec.qmp_fd = spec.agent_fd = spec.console_fd = 0;
  spec.memory = MemorySpec{0, true};
  if (parts.image) spec.disk = DiskSpec{0, 0};
  std::string line;
  for (const std::string& argument : qemu_arguments(spec)) line += argument + '\0';
  return line;
}

void add(std::string& text, const std::string& name, const std::string& value) {
  text += name + " " + std::to_string(value.size()) + ":" + value + "\n";
}

}  // namespace

std::string template_key(const MachineParts& parts, const MachineShape& shape) {
  const auto& [image, kernel, initramfs, qemu] = parts.identity;
  std::string text;
  add(text, "format", kFormat);
  add(text, "image", image);
  add(text, "kernel", kernel);
  add(text, "initramfs", initramfs);
  add(text, "qemu", qemu);
  add(text, "command line", command_line(parts, shape));
  add(text, "language", shape.language);
  if (parts.image) {
    for (const std::string& command : warmup_for(*parts.image, shape.language)) add(text, "warm-up", command);
  }
  if (const auto found = parts.prestarts.find(shape.language); found != parts.prestarts.end()) {
    add(text, "prestart", encode(Request{0, "", found->second}));
  }
  add(text, "processor", host_processor());
  if (parts.vmm.accelerator == Accelerator::kvm) add(text, "host kernel", host_kernel());
  return sha256_of_text(text).substr(0, kKeyDigits);
}

}  // namespace mayfly
