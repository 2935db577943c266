// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace mayfly::guest {

// Some integer arithmetic, memory and branches, and some page faults, the same each time: what programs are made of, in
// about the parts in which a compiler is. The sum is there so that none of it can be left out. How long it takes a
// processor of reference, the host knows (machine/time_factor.h): whoever changes this must change that.
std::uint64_t do_fixed_work();

}  // namespace mayfly::guest
