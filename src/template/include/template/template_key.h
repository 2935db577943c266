// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "machine/factory.h"

namespace mayfly {

// The name of the template that fits these machines: 32 hex digits of a digest over all that
// the state of a stopped guest depends on: the files, the whole command line of QEMU, the
// warm-up, and the host's processor and (with KVM) its kernel.
std::string template_key(const MachineParts& parts, const MachineShape& shape);

}  // namespace mayfly
