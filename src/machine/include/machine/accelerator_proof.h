// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "machine/factory.h"
#include "ring/ring.h"

namespace mayfly {

// Whether a guest really runs under KVM here. That /dev/kvm opens and makes vCPUs proves
// nothing: on some hosts an ordinary guest kernel then never boots.
struct AcceleratorProof {
  bool kvm_works = false;
  std::string reason;       // why not, or how it was shown
  bool from_cache = false;  // remembered, not tried now
  bool conclusive = false;  // it is about KVM, and not about how QEMU fared this time: worth to be remembered
};

// How long a guest may take to boot: some seconds where TCG is an answer, too, and long enough
// for a host that is very busy, or nested, where KVM was insisted on.
inline constexpr Nanoseconds kShortProof = 8 * kSecond;
inline constexpr Nanoseconds kPatientProof = 60 * kSecond;

// Boots `parts` under KVM, without a disk, until the agent answers; at most for `patience`.
// An answer that is conclusive is remembered below <home>/cache for this boot of the host, this
// QEMU binary, this guest kernel and this mayfly. Runs the ring; call it before the ring has other work.
AcceleratorProof prove_kvm(Ring& ring, MachineParts parts, const std::string& home,
                           const std::string& qemu_sha256, Nanoseconds patience);

// Whether a proof that ended so says something about KVM: QEMU ran, or said that KVM stopped it.
bool speaks_against_kvm(const MachineEnd& end);

// Forgets the answer, so that the next call tries again.
void forget_proof(const std::string& home);

}  // namespace mayfly
