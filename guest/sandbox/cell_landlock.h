// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mayfly::guest {

// Landlock (landlock(7)): what a sandboxed program may do to files, whatever their permissions and
// mounts say. Each returns what failed, with errno, or nullptr; none allocates.

// Rules that are the same in each sandbox, about the root that we are in: everything may be read and
// executed, the devices and what is in /dev/shm and /tmp written. `rules` is their descriptor.
const char* make_common_rules(int& rules);

// Adds that everything may be done below `directory`, but to make devices.
const char* allow_all_below(int rules, int directory);

// Puts them in force for this process, for good; it has no new privileges (prctl(2)).
const char* restrict_by(int rules);

}  // namespace mayfly::guest
