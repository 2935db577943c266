// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace mayfly {

// Of the computer, not of the group of processes that mayfly is in.
std::int64_t memory_of_host();  // bytes
int processors_of_host();       // online

}  // namespace mayfly
