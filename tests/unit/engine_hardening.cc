// SPDX-License-Identifier: Apache-2.0
#include "engine/hardening.h"

#include <algorithm>

#include "helpers.h"

namespace mayfly::test {
namespace {

// What is advised where the host has these files and no others; an empty finding: nothing.
Advice advice_on(const std::string& name, std::map<std::string, std::string> files, bool synchronized = true) {
  HostFacts facts{std::move(files), synchronized};
  const auto all = advise(facts);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Advice& advice) { return advice.name == name; });
  return found == all.end() ? Advice{} : *found;
}

struct Case {
  const char* name;
  const char* path;
  const char* good;
  const char* bad;
  const char* remedy;
};

constexpr const char* kClock = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

TEST_CASE("doctor: each setting of the host is as it should be, or has its remedy") {
  const Case kCases[] = {
      {"smt", "/sys/devices/system/cpu/smt/active", "0", "1", "smt/control"},
      {"ksm", "/sys/kernel/mm/ksm/run", "0", "1", "ksm/run"},
      {"swap", "/proc/swaps", "Filename Type Size Used Priority", "Filename Type Size Used Priority\n/dev/sda2 partition 8 0 -2", "swapoff -a"},
      {"core files", "/proc/sys/kernel/core_pattern", "core", "|/usr/lib/collector %p %u", "core_pattern=core"},
      {"links", "/proc/sys/fs/protected_symlinks", "1", "0", "fs.protected_symlinks=1"},
      {"links", "/proc/sys/fs/protected_regular", "2", "0", "fs.protected_regular=1"},
      {"mitigations", "/sys/devices/system/cpu/vulnerabilities/mds", "Mitigation: Clear CPU buffers; SMT disabled", "Vulnerable: no microcode", "microcode"},
      {"mitigations", "/sys/devices/system/cpu/vulnerabilities/l1tf", "Not affected", "Vulnerable", "mitigations=off"},
      {"clock", kClock, "tsc", "hpet", "dmesg"},
      {"aslr", "/proc/sys/kernel/randomize_va_space", "2", "1", "randomize_va_space=2"},
      {"user bpf", "/proc/sys/kernel/unprivileged_bpf_disabled", "2", "0", "unprivileged_bpf_disabled=1"},
      {"frequency", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance", "powersave", "performance"},
      {"frequency", "/sys/devices/system/cpu/intel_pstate/no_turbo", "1", "0", "no_turbo"},
      {"frequency", "/sys/devices/system/cpu/cpufreq/boost", "0", "1", "boost"},
      {"huge pages", "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never", "[always] madvise never", "madvise"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    CAPTURE(c.path);
    const Advice good = advice_on(c.name, {{c.path, c.good}});
    CHECK_FALSE(good.finding.empty());
    CHECK(good.remedy.empty());
    const Advice bad = advice_on(c.name, {{c.path, c.bad}});
    CHECK(bad.finding != good.finding);
    CHECK(contains(bad.remedy, c.remedy));
    CHECK(advice_on(c.name, {}).finding.empty());
  }
}

TEST_CASE("doctor: the findings name what is meant") {
  CHECK(contains(advice_on("core files", {{"/proc/sys/kernel/core_pattern", "|/usr/lib/collector %p"}}).finding, "(/usr/lib/collector)"));
  CHECK(contains(advice_on("mitigations", {{"/sys/devices/system/cpu/vulnerabilities/mds", "Vulnerable"}, {"/sys/devices/system/cpu/vulnerabilities/srbds", "Vulnerable: x"}}).finding,
                 "to mds, srbds,"));
  CHECK(contains(advice_on("clock", {{kClock, "tsc"}}, false).remedy, "set-ntp"));
}

TEST_CASE("doctor: this host can be looked at") {
  for (const Advice& advice : advise(HostFacts::gather())) CHECK_FALSE(advice.finding.empty());
}

}  // namespace
}  // namespace mayfly::test
