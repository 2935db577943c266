// SPDX-License-Identifier: Apache-2.0
#include "machine/accelerator_proof.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "base/json_fields.h"
#include "sys/files.h"
#include "sys/trusted_path.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxCacheFile = 64 * 1024;
constexpr int kProofMemoryMib = 128;

// Enough for a guest to boot under hardware virtualization, nested or not. One that did not get it may have waited for the host.
constexpr Nanoseconds kEnoughProcessorTime = kSecond;

bool mentions_kvm(std::string_view text) {
  return text.find("kvm") != std::string_view::npos || text.find("KVM") != std::string_view::npos;
}

// A failed assertion; in a jail, where abort(3) may not send the signal, it ends so, too.
bool is_own_fault(int signal) { return signal == SIGABRT || signal == SIGSEGV; }

// Boots one machine and notes whether it became ready.
class ProofRun : public MachineObserver {
 public:
  explicit ProofRun(Ring& ring) : ring_(ring) {}

  AcceleratorProof run(const MachineParts& parts) {
    auto config = booting_machine(parts, {{.memory_mib = kProofMemoryMib}}, "proof");
    if (!config) return {.reason = config.error().message()};
    Machine machine(ring_, *std::move(config), *this);
    machine.launch();
    if (auto ran = ring_.run(); !ran) return {.reason = ran.error().message()};
    return proof_;
  }

  void machine_ready(Machine& machine) override {
    proof_ = {.kvm_works = true, .reason = "a guest booted under KVM", .conclusive = true};
    machine.kill();
  }
  void machine_replied(Machine&, const Reply&) override {}
  void machine_released(Machine&, const MachineEnd& end) override {
    if (!proof_.kvm_works) {
      proof_.reason = "/dev/kvm is there, but a guest does not boot under it: " + end.detail;
      const std::string said = end.stderr_tail.substr(0, end.stderr_tail.find('\n'));
      if (!said.empty()) proof_.reason += " (" + said + ")";
      proof_.conclusive = speaks_against_kvm(end);
    }
    ring_.stop();
  }

 private:
  Ring& ring_;
  AcceleratorProof proof_;
};

std::string boot_id() {
  auto id = read_file("/proc/sys/kernel/random/boot_id", 64);
  return id ? id->substr(0, id->find('\n')) : "unknown";
}

std::string cache_key(const MachineParts& parts, const std::string& qemu_sha256) {
  return boot_id() + " " + qemu_sha256 + " " + parts.kernel->vmlinux.sha256 + " " + MAYFLY_VERSION;
}

std::string cache_path(const std::string& home) { return home + "/cache/accelerator.json"; }

bool read_cache(const std::string& path, const std::string& key, AcceleratorProof& proof) {
  const auto content = read_trusted(path, kMaxCacheFile);
  if (!content) return false;
  const auto document = parse_json(*content);
  if (!document) return false;
  JsonFields fields(*document, "");
  const bool matches = fields.string("key") == key;
  proof.kvm_works = fields.boolean("kvm_works").value_or(false);
  proof.reason = fields.string("reason").value_or("");
  proof.from_cache = true;
  return fields.finish() && matches;
}

void write_cache(const std::string& home, const std::string& key, const AcceleratorProof& proof) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_text(writer, "key", key);
  write_bool(writer, "kvm_works", proof.kvm_works);
  write_text(writer, "reason", proof.reason);
  writer.EndObject();
  // Not being able to remember costs the next start a few seconds, no more.
  if (!make_directories(home + "/cache") || !check_trusted(home + "/cache")) return;
  [[maybe_unused]] const auto kept =
      replace_file(cache_path(home), std::string(buffer.GetString()) + "\n");
}

}  // namespace

// A QEMU that could not be executed, that somebody killed or that had no memory would say the same of every accelerator.
bool speaks_against_kvm(const MachineEnd& end) {
  switch (end.failure) {
    case MachineFailure::vmm_exited: return end.greeted || mentions_kvm(end.stderr_tail);
    case MachineFailure::vmm_signalled: return end.process && is_own_fault(end.process->status) && mentions_kvm(end.stderr_tail);
    case MachineFailure::boot_timeout: return end.process && end.process->cpu_ns >= kEnoughProcessorTime;
    case MachineFailure::boot_failed:
    case MachineFailure::guest_reset:
    case MachineFailure::guest_shutdown: return true;
    default: return false;
  }
}

void forget_proof(const std::string& home) { ::unlink(cache_path(home).c_str()); }

AcceleratorProof prove_kvm(Ring& ring, MachineParts parts, const std::string& home,
                           const std::string& qemu_sha256, Nanoseconds patience) {
  if (const auto kvm = open_file("/dev/kvm", O_RDWR); !kvm) return {.reason = kvm.error().message()};
  const std::string path = cache_path(home);
  const std::string key = cache_key(parts, qemu_sha256);
  AcceleratorProof proof;
  if (read_cache(path, key, proof)) return proof;
  parts.vmm.accelerator = Accelerator::kvm;
  parts.image = nullptr;
  parts.boot_timeout = patience;
  proof = ProofRun(ring).run(parts);
  if (proof.conclusive) write_cache(home, key, proof);
  return proof;
}

}  // namespace mayfly
