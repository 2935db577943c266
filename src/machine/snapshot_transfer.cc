// SPDX-License-Identifier: Apache-2.0
#include "snapshot_transfer.h"

#include <utility>

namespace mayfly {
namespace {

constexpr std::string_view kCapabilities =
    R"({"capabilities":[{"capability":"x-ignore-shared","state":true}]})";

constexpr const char* kStateName = "state";

}  // namespace

void SnapshotTransfer::load(int number_in_qemu) {
  phase_ = Phase::loading;
  migrate("migrate-incoming", std::to_string(number_in_qemu));
}

// Only a descriptor that QEMU was passed under a name will do here.
void SnapshotTransfer::save(int fd) {
  phase_ = Phase::saving;
  qmp_.pass_descriptor(kStateName, fd, on_success([this] { migrate("migrate", kStateName); }));
}

void SnapshotTransfer::migrate(std::string_view command, const std::string& from_or_to) {
  qmp_.execute("migrate-set-capabilities", kCapabilities, on_success([this, command, uri = "fd:" + from_or_to] {
    qmp_.execute(command, "{\"uri\":\"" + uri + "\"}", on_success([] {}));
  }));
}

QmpSession::Answer SnapshotTransfer::on_success(std::function<void()> next) {
  return [this, next = std::move(next)](Result<void> answer) {
    if (!answer) return handlers_.on_failed(answer.error().message());
    next();
  };
}

void SnapshotTransfer::take_event(std::string_view status) {
  if (status == "failed") {
    return handlers_.on_failed(phase_ == Phase::saving ? "QEMU could not write the snapshot's state"
                                                       : "QEMU could not load the snapshot's state");
  }
  if (status != "completed") return;
  if (std::exchange(phase_, Phase::idle) == Phase::idle) {
    return handlers_.on_failed("QEMU tells of a migration that nobody asked for");
  }
  handlers_.on_done();
}

}  // namespace mayfly
