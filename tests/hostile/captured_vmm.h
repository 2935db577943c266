// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cell.h"
#include "monitor/usage_reader.h"
#include "packet.h"
#include "ring/watch.h"
#include "sys/process.h"

namespace mayfly::hostile {

// One captured VMM, and the test on the other end of `socket`, which says what is to be done
// with it (captive.cc) and is told what becomes of it. When it hangs up, the process is killed.
class CapturedVmm {
 public:
  // `on_done` may destroy it.
  CapturedVmm(Cell& cell, Fd socket, std::function<void()> on_done);
  ~CapturedVmm();

 private:
  using Numbers = std::map<std::string, int>;

  void take_packet();
  void obey(Packet packet);
  Result<void> launch(Packet packet);
  Result<MachineConfig> make_config();
  Result<void> spawn(const Numbers& numbers, std::vector<std::string> arguments);
  std::vector<std::string> qemu_command(const Numbers& numbers) const;
  void tell_start(const Numbers& numbers) const;
  void arm();
  void tell(const Incident& incident) const;
  void end();
  void tell_end(const ProcessEnd& process, const CgroupUsage& usage) const;

  Cell& cell_;
  Fd socket_;
  std::function<void()> on_done_;
  Watch packets_;
  std::map<std::string, Fd> given_;  // by the test
  Image image_;                      // what stands in for a QEMU has a disk of the test's
  std::string name_;
  std::optional<MachineConfig> config_;
  std::optional<Process> process_;
  std::unique_ptr<Watch> exit_watch_;
  std::unique_ptr<UsageReader> usage_reader_;
};

}  // namespace mayfly::hostile
