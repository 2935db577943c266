// SPDX-License-Identifier: Apache-2.0
#include "engine/hardening.h"

#include <sys/timex.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxFile = 64 * 1024;

constexpr const char* kSmt = "/sys/devices/system/cpu/smt/active";
constexpr const char* kKsm = "/sys/kernel/mm/ksm/run";
constexpr const char* kSwaps = "/proc/swaps";
constexpr const char* kCorePattern = "/proc/sys/kernel/core_pattern";
constexpr const char* kVulnerabilities = "/sys/devices/system/cpu/vulnerabilities";
constexpr const char* kClockSource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
constexpr const char* kAslr = "/proc/sys/kernel/randomize_va_space";
constexpr const char* kGovernor = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
constexpr const char* kBoost = "/sys/devices/system/cpu/cpufreq/boost";
constexpr const char* kNoTurbo = "/sys/devices/system/cpu/intel_pstate/no_turbo";
constexpr const char* kHugePages = "/sys/kernel/mm/transparent_hugepage/enabled";
constexpr const char* kUnprivilegedBpf = "/proc/sys/kernel/unprivileged_bpf_disabled";
constexpr const char* kLinks[] = {"/proc/sys/fs/protected_symlinks", "/proc/sys/fs/protected_hardlinks", "/proc/sys/fs/protected_fifos",
                                  "/proc/sys/fs/protected_regular"};

using Found = std::optional<Advice>;

const std::string* find(const HostFacts& facts, const std::string& path) {
  const auto found = facts.files.find(path);
  return found == facts.files.end() ? nullptr : &found->second;
}

// "/proc/sys/fs/protected_fifos" is fs.protected_fifos to sysctl.
std::string sysctl_name(std::string_view path) {
  std::string name(path.substr(std::string_view("/proc/sys/").size()));
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

// A file that has the value `bad` when something is to be done.
Found judge(const HostFacts& facts, const char* path, const char* bad, const Advice& good_and_remedy, const char* bad_finding) {
  const std::string* value = find(facts, path);
  if (!value) return std::nullopt;
  if (*value != bad) return Advice{good_and_remedy.name, good_and_remedy.finding, ""};
  return Advice{good_and_remedy.name, bad_finding, good_and_remedy.remedy};
}

Found smt(const HostFacts& facts) {
  return judge(facts, kSmt, "1", {"smt", "off", "echo off >/sys/devices/system/cpu/smt/control, or nosmt on the kernel's command line"},
               "on: programs on two threads of a core can watch, and slow down, each other");
}

Found ksm(const HostFacts& facts) {
  return judge(facts, kKsm, "1", {"ksm", "off", "echo 2 >/sys/kernel/mm/ksm/run"},
               "on: machines can tell by the time of a write what other machines' memory holds");
}

Found swap(const HostFacts& facts) {
  const std::string* swaps = find(facts, kSwaps);
  if (!swaps) return std::nullopt;
  if (std::count(swaps->begin(), swaps->end(), '\n') < 1) return Advice{"swap", "none", ""};
  return Advice{"swap", "on: what tasks have in memory can be left on a disk, and the host's swapping costs them time", "swapoff -a, and take it out of /etc/fstab"};
}

Found core_files(const HostFacts& facts) {
  const std::string* pattern = find(facts, kCorePattern);
  if (!pattern) return std::nullopt;
  if (!pattern->starts_with('|')) return Advice{"core files", "'" + *pattern + "'; QEMU leaves none in any case", ""};
  return Advice{"core files", "handed to a program (" + pattern->substr(1, pattern->find(' ') - 1) + "): it would get mayfly's memory, with tasks' data, if mayfly crashed",
                "sysctl -w kernel.core_pattern=core, and ulimit -c 0 for mayfly"};
}

Found protected_links(const HostFacts& facts) {
  std::vector<std::string> off, remedies;
  bool known = false;
  for (const char* path : kLinks) {
    const std::string* value = find(facts, path);
    known |= value != nullptr;
    if (!value || *value != "0") continue;
    off.push_back(sysctl_name(path));
    remedies.push_back(sysctl_name(path) + "=1");
  }
  if (!known) return std::nullopt;
  if (off.empty()) return Advice{"links", "protected in shared folders", ""};
  return Advice{"links", "not protected in shared folders (" + joined(off, ", ") + ")", "sysctl -w " + joined(remedies, " ")};
}

Found mitigations(const HostFacts& facts) {
  std::vector<std::string> vulnerable;
  bool known = false;
  const std::string folder = std::string(kVulnerabilities) + "/";
  for (auto it = facts.files.lower_bound(folder); it != facts.files.end() && it->first.starts_with(folder); ++it) {
    known = true;
    if (it->second.starts_with("Vulnerable")) vulnerable.push_back(it->first.substr(folder.size()));
  }
  if (!known) return std::nullopt;
  if (vulnerable.empty()) return Advice{"mitigations", "in force, or not needed", ""};
  return Advice{"mitigations", "the host is vulnerable to " + joined(vulnerable, ", ") + ", so that machines may read what is not theirs",
                "update kernel and microcode, and take mitigations=off off the kernel's command line"};
}

Found clock_source(const HostFacts& facts) {
  const std::string* source = find(facts, kClockSource);
  if (!source) return std::nullopt;
  const bool quick = *source == "tsc" || *source == "kvm-clock" || source->starts_with("hyperv_");
  if (!quick) return Advice{"clock", *source + ": reading it takes long, and machines have none that is steady", "dmesg | grep -i tsc says why it is not tsc"};
  if (!facts.clock_is_synchronized) return Advice{"clock", *source + ", set by nobody: times in results may be wrong", "timedatectl set-ntp true (systemd-timesyncd or chrony)"};
  return Advice{"clock", *source + ", synchronized", ""};
}

Found aslr(const HostFacts& facts) {
  const std::string* value = find(facts, kAslr);
  if (!value) return std::nullopt;
  if (*value == "2") return Advice{"aslr", "on", ""};
  return Advice{"aslr", "not for all of a process (randomize_va_space is " + *value + "): a hole in QEMU is easier to use", "sysctl -w kernel.randomize_va_space=2"};
}

Found unprivileged_bpf(const HostFacts& facts) {
  return judge(facts, kUnprivilegedBpf, "0", {"user bpf", "refused", "sysctl -w kernel.unprivileged_bpf_disabled=1"},
               "any user may load BPF programs, which have been a way into kernels");
}

// Steady times want a steady clock rate.
Found frequency(const HostFacts& facts) {
  const std::string* governor = find(facts, kGovernor);
  const std::string* boost = find(facts, kBoost);
  const std::string* no_turbo = find(facts, kNoTurbo);
  if (!governor && !boost && !no_turbo) return std::nullopt;
  std::vector<std::string> findings, remedies;
  if (governor && *governor != "performance") {
    findings.push_back("the governor is " + *governor);
    remedies.push_back("cpupower frequency-set -g performance");
  }
  if (boost && *boost == "1") {
    findings.emplace_back("boost is on");
    remedies.push_back(std::string("echo 0 >") + kBoost);
  }
  if (no_turbo && *no_turbo == "0") {
    findings.emplace_back("turbo is on");
    remedies.push_back(std::string("echo 1 >") + kNoTurbo);
  }
  if (findings.empty()) return Advice{"frequency", "steady", ""};
  return Advice{"frequency", joined(findings, ", ") + ": the same program takes more or less time, as the processor is warm or busy", joined(remedies, "; ")};
}

Found huge_pages(const HostFacts& facts) {
  const std::string* enabled = find(facts, kHugePages);
  if (!enabled) return std::nullopt;
  if (enabled->find("[always]") == std::string::npos) return Advice{"huge pages", "for those who ask", ""};
  return Advice{"huge pages", "for every process: memory and time of machines that boot vary more", std::string("echo madvise >") + kHugePages};
}

}  // namespace

HostFacts HostFacts::gather() {
  HostFacts facts;
  const auto add = [&facts](const std::string& path) {
    auto content = read_file(path, kMaxFile);
    if (!content) return;
    while (content->ends_with('\n')) content->pop_back();
    facts.files[path] = *std::move(content);
  };
  for (const char* path : {kSmt, kKsm, kSwaps, kCorePattern, kClockSource, kAslr, kGovernor, kBoost, kNoTurbo, kHugePages, kUnprivilegedBpf}) add(path);
  for (const char* path : kLinks) add(path);
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(kVulnerabilities, ignored)) add(entry.path());
  timex clock{};
  facts.clock_is_synchronized = ::adjtimex(&clock) >= 0 && (clock.status & STA_UNSYNC) == 0;
  return facts;
}

std::vector<Advice> advise(const HostFacts& facts) {
  std::vector<Advice> advice;
  for (const auto& subject : {smt, ksm, swap, core_files, protected_links, mitigations, clock_source, aslr, unprivileged_bpf, frequency, huge_pages}) {
    if (Found found = subject(facts)) advice.push_back(*std::move(found));
  }
  return advice;
}

}  // namespace mayfly
