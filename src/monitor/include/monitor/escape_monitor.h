// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "monitor/incident.h"
#include "ring/ring.h"
#include "ring/watch.h"

struct ring_buffer;  // libbpf's

namespace mayfly {

class EscapePrograms;

struct EscapeMonitorOptions {
  // False: do without BPF LSM also where it is to be had, for tests and comparison.
  bool allow_lsm = true;
  // True: an armed process may make only the system calls that are listed, by x86-64 numbers below 512.
  // Slows every system call of the whole host down; meant for hosts without BPF LSM. A call that is not
  // on the list still takes place, then the process dies.
  bool watch_syscalls = false;
  std::vector<int> allowed_syscalls = {};
  // False: an armed process may open anything for reading, as nobody knows what it has a reason to read.
  bool watch_reads = true;
  // Files that an armed process may still open for reading; each must exist. What counts is the
  // inode, which is looked up and held by open(). Not for overlayfs, which opens a second one behind it.
  std::vector<std::string> readable_files = {};
};

// Watches VMMs from inside the kernel with BPF programs, and kills (SIGKILL, the whole process) each
// one that does what a VMM has no reason to do once its machine is set up: executing a program,
// creating a process, making a system call that its seccomp filter refuses. In mode "lsm" it also
// refuses these, and every open or creation of a file.
//
// A VMM is told by its cgroup (v2) and by nothing else. It must be alone in there and unable to leave
// or to make a cgroup below. A process that it creates is not killed here: let the VMM be init of a PID
// namespace, or kill the cgroup.
// Nothing stays in the kernel when this process ends, however it ends.
class EscapeMonitor {
 public:
  using Handler = std::function<void(const Incident&)>;

  // An error says what the host lacks and how to get it. `on_incident` is called from the ring and from
  // consume(); it may call anything here but must not destroy the monitor. The ring must outlive it.
  static Result<std::unique_ptr<EscapeMonitor>> open(Ring& ring, const EscapeMonitorOptions& options,
                                                     Handler on_incident);
  ~EscapeMonitor();
  EscapeMonitor(const EscapeMonitor&) = delete;
  EscapeMonitor& operator=(const EscapeMonitor&) = delete;

  // "lsm": attempts are refused. "tp_btf": they are seen, and killed for.
  std::string_view mode() const;

  // From the return of arm() to disarm() the processes in cgroup `cgroup_id` (v2, its inode number) are
  // watched; `machine` comes back in their incidents. Several incidents of one machine may come:
  // threads run on until the kill reaches them.
  Result<void> arm(std::uint64_t cgroup_id, std::uint64_t machine);
  void disarm(std::uint64_t cgroup_id);

  // Delivers now what was reported so far. The owner of a dead VMM calls it before it judges.
  void consume();

 private:
  EscapeMonitor(Ring& ring, std::unique_ptr<EscapePrograms> programs, Handler on_incident);
  Result<void> start();
  static int take_record(void* monitor, void* bytes, std::size_t size);
  void drain();
  void recall_lost();
  void deliver();

  Ring& ring_;
  std::unique_ptr<EscapePrograms> programs_;
  Handler on_incident_;
  std::unique_ptr<ring_buffer, void (*)(ring_buffer*)> events_;
  std::deque<Incident> waiting_;                              // decoded, to be delivered
  std::unordered_map<std::uint64_t, std::uint32_t> armed_;  // cgroup → lost attempts that were told of
  std::uint64_t lost_ = 0;                                   // of all machines, likewise
  std::unique_ptr<Watch> watch_;
};

// What the escape monitor can do on this host, for `mayfly doctor`; found out by loading it.
struct BpfSupport {
  std::string mode;     // "lsm", "tp_btf", or "" where it cannot be had
  std::string missing;  // why not "lsm"; empty if it is
  std::string remedy;
};
BpfSupport probe_bpf();

}  // namespace mayfly
