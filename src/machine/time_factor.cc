// SPDX-License-Identifier: Apache-2.0
#include "machine/time_factor.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/json_fields.h"
#include "sys/files.h"
#include "sys/trusted_path.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxCacheFile = 64 * 1024;
constexpr std::size_t kMaxCpuinfo = 1 << 20;
constexpr int kMemoryMib = 128;
constexpr int kRepetitions = 2;  // under emulation the first one is translated
constexpr Nanoseconds kWorkTime = 60 * kSecond;

// Boots one machine and has its agent work.
class WorkRun : public MachineObserver {
 public:
  explicit WorkRun(Ring& ring) : ring_(ring) {}

  Result<Nanoseconds> run(const MachineParts& parts) {
    auto config = booting_machine(parts, {{.memory_mib = kMemoryMib}}, "speed");
    if (!config) return std::move(config).error();
    Machine machine(ring_, *std::move(config), *this);
    ServedTimer patience(ring_, machine, {.on_expiry = [&machine] { machine.kill(); }, .on_overload = [&machine] { machine.kill(); }});
    patience_ = &patience;
    machine.launch();
    if (auto ran = ring_.run(); !ran) return std::move(ran).error();
    patience.stop();
    if (left_ > 0) return Error("the machine ended before its work: " + why_);
    return best_;
  }

 private:
  void machine_ready(Machine& machine) override {
    machine.claim(*this);
    patience_->start(kWorkTime);
    work(machine);
  }

  void machine_replied(Machine& machine, const Reply&) override {
    best_ = std::min(best_, ran_between(before_, machine.served_times()));
    if (--left_ == 0) return machine.kill();
    work(machine);
  }

  void machine_released(Machine&, const MachineEnd& end) override {
    why_ = end.detail.empty() ? "it took too long" : end.detail;
    ring_.stop();
  }

  void work(Machine& machine) {
    before_ = machine.served_times();
    machine.send(ActionRequest{Action::work});
  }

  Ring& ring_;
  ServedTimer* patience_ = nullptr;
  ServedTimes before_;
  Nanoseconds best_ = std::numeric_limits<Nanoseconds>::max();
  int left_ = kRepetitions;
  std::string why_;
};

std::string processor_model() {
  constexpr std::string_view kName = "\nmodel name";
  const auto cpuinfo = read_file("/proc/cpuinfo", kMaxCpuinfo);
  const std::size_t at = cpuinfo ? cpuinfo->find(kName) : std::string::npos;
  if (at == std::string::npos) return "unknown";
  const std::size_t begin = cpuinfo->find(": ", at);
  return begin == std::string::npos ? "unknown" : cpuinfo->substr(begin + 2, cpuinfo->find('\n', begin) - begin - 2);
}

std::string cache_path(const std::string& home) { return home + "/cache/time-factor.json"; }

std::string cache_key(const MachineParts& parts, const std::string& qemu_sha256) {
  return processor_model() + " " + std::string(to_string(parts.vmm.accelerator)) + " " + qemu_sha256 + " " + parts.kernel->vmlinux.sha256 +
         " " + MAYFLY_VERSION;
}

std::optional<double> read_cache(const std::string& path, const std::string& key) {
  const auto content = read_trusted(path, kMaxCacheFile);
  if (!content) return std::nullopt;
  const auto document = parse_json(*content);
  if (!document) return std::nullopt;
  JsonFields fields(*document, "");
  const bool matches = fields.string("key") == key;
  const auto factor = fields.number("factor", kLeastTimeFactor, kMostTimeFactor);
  return fields.finish() && matches ? factor : std::nullopt;
}

void write_cache(const std::string& home, const std::string& key, double factor) {
  JsonBuffer buffer;
  JsonWriter w(buffer);
  w.StartObject();
  write_text(w, "key", key);
  w.Key("factor");
  w.Double(factor);
  w.EndObject();
  // Not being able to remember costs the next start a few seconds, no more.
  if (!make_directories(home + "/cache") || !check_trusted(home + "/cache")) return;
  (void)replace_file(cache_path(home), std::string(buffer.GetString()) + "\n");
}

}  // namespace

double time_factor_of(Nanoseconds work) {
  const double ratio = static_cast<double>(work) / static_cast<double>(kReferenceWork);
  return std::clamp(std::ceil(ratio), kLeastTimeFactor, kMostTimeFactor);
}

Result<TimeFactor> measure_time_factor(Ring& ring, MachineParts parts, const std::string& home, const std::string& qemu_sha256) {
  const std::string key = cache_key(parts, qemu_sha256);
  if (const auto known = read_cache(cache_path(home), key)) return TimeFactor{*known, true};
  parts.image = nullptr;
  const auto work = WorkRun(ring).run(parts);
  if (!work) return work.error();
  const TimeFactor measured{time_factor_of(*work)};
  write_cache(home, key, measured.factor);
  return measured;
}

void forget_time_factor(const std::string& home) { ::unlink(cache_path(home).c_str()); }

}  // namespace mayfly
