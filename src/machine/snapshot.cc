// SPDX-License-Identifier: Apache-2.0
// The part of Machine that takes over a snapshot's state, or writes one: QEMU's migration
// with the memory left out, which both sides have as a file (QEMU's docs/devel/migration.rst,
// capability x-ignore-shared).
#include "machine/machine.h"

namespace mayfly {
namespace {

// `events` has MIGRATION tell of the end, so that nobody need ask.
constexpr std::string_view kCapabilities =
    R"({"capabilities":[{"capability":"x-ignore-shared","state":true},{"capability":"events","state":true}]})";

constexpr const char* kStateName = "state";

}  // namespace

void Machine::load_snapshot() {
  if (!config_.restored) return handle(MachineEvent::loaded);
  migrate("migrate-incoming", std::to_string(state_fd_));
}

// Stopped first: the state is taken between two instructions of a guest that waits for us.
// Only a descriptor that QEMU was passed under a name will do here.
void Machine::write_snapshot() {
  command("stop", {}, [this] {
    qmp_->pass_descriptor(kStateName, config_.state.get(), on_success([this] { migrate("migrate", kStateName); }));
  });
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
  handle(MachineEvent::loaded);
}

}  // namespace mayfly
