// SPDX-License-Identifier: Apache-2.0
// The part of Machine that takes over a snapshot's state, or writes one: QEMU's migration
// with the memory left out, which both sides have as a file (QEMU's docs/devel/migration.rst,
// capability x-ignore-shared).
#include "machine/machine.h"

namespace mayfly {
namespace {

constexpr std::string_view kCapabilities =
    R"({"capabilities":[{"capability":"x-ignore-shared","state":true}]})";

constexpr const char* kStateName = "state";

}  // namespace

void Machine::load_snapshot() {
  if (!config_.restored) return handle(MachineEvent::loaded);
  migrate("migrate-incoming", std::to_string(state_fd_));
}

// Not stopped first: QEMU stops the guest itself when all is ready, and remembers that it ran,
// so that whoever loads the state need not start it. Only a descriptor that QEMU was passed
// under a name will do here.
void Machine::write_snapshot() {
  qmp_->pass_descriptor(kStateName, config_.state.get(), on_success([this] { migrate("migrate", kStateName); }));
}

void Machine::migrate(std::string_view how, const std::string& from_or_to) {
  command("migrate-set-capabilities", kCapabilities, [this, how, uri = "fd:" + from_or_to] {
    command(how, "{\"uri\":\"" + uri + "\"}", [] {});
  });
}

void Machine::take_migration_event(std::string_view status) {
  if (status == "failed") {
    return fail(MachineFailure::qmp_failed, state_ == MachineState::saving
                                                ? "QEMU could not write the snapshot's state"
                                                : "QEMU could not load the snapshot's state");
  }
  if (status != "completed") return;
  if (state_ == MachineState::saving) {
    saved_ = true;
    failed_ = true;  // decided: what comes now is the end that was wanted
    return handle(MachineEvent::saved);
  }
  if (state_ != MachineState::loading) {
    return fail(MachineFailure::qmp_failed, "QEMU tells of a migration that nobody asked for");
  }
  handle(MachineEvent::loaded);
}

}  // namespace mayfly
