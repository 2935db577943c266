// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "machine/factory.h"

namespace mayfly {

// A booted and warmed machine, stopped, in the memory of this process: write-sealed memfds, so
// that neither a clone nor mayfly itself can change them. Clones that run keep what they have
// mapped even when the template is gone.
struct Template {
  std::string key;  // template_key()
  Fd memory;        // the guest's memory; sealed
  Fd state;         // QEMU's device state; sealed
  Fd overlay;       // its disk, a qcow2 file; sealed; empty without a disk
  std::int64_t overlay_bytes = 0;
  std::int64_t resident_bytes = 0;  // what it takes of the host's memory
  std::string token;                // that the guest's agent knows

  Snapshot snapshot() const {
    return {memory.get(), state.get(), overlay.get(), overlay_bytes, token};
  }
};

// The same before it is sealed, as its machine left it. The memory file is as large as the
// guest's memory.
struct RawTemplate {
  Fd memory;
  Fd state;
  Fd overlay;
  std::int64_t memory_bytes = 0;
  std::string token;
};

}  // namespace mayfly
