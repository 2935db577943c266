// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "qemu/qmp_session.h"

namespace mayfly {

// Takes over a snapshot's state, or writes one: QEMU's migration with the memory left out, which both sides have
// as a file (QEMU's docs/devel/migration.rst, capability x-ignore-shared). One transfer in a session's life,
// which must outlive it.
class SnapshotTransfer {
 public:
  struct Handlers {
    std::function<void()> on_done;
    std::function<void(std::string)> on_failed;  // why
  };

  SnapshotTransfer(QmpSession& qmp, Handlers handlers) : qmp_(qmp), handlers_(std::move(handlers)) {}

  // From a descriptor that QEMU has had, under this number, since it was started.
  void load(int number_in_qemu);
  // Into this file of ours. QEMU stops the guest itself when all is ready, and remembers that it ran, so that whoever
  // loads the state need not start it.
  void save(int fd);

  // A MIGRATION event of QEMU's.
  void take_event(std::string_view status);

 private:
  enum class Phase { idle, loading, saving };

  void migrate(std::string_view command, const std::string& from_or_to);
  QmpSession::Answer on_success(std::function<void()> next);

  QmpSession& qmp_;
  Handlers handlers_;
  Phase phase_ = Phase::idle;
};

}  // namespace mayfly
