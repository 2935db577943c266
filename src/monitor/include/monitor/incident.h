// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mayfly {

// What an armed machine's process tried, as the kernel told it. Comm and path are bytes that
// the process may have chosen.
struct Incident {
  enum class Kind {
    exec,     // executing a program; path: which
    fork,     // creating a process (not a thread)
    open,     // opening a file outside what it was given; path: which, as the process sees it
    create,   // creating a file; path: its name without the directory
    seccomp,  // a system call that a seccomp filter refused
    syscall,  // a system call outside the caller's list
  };

  std::uint64_t machine = 0;  // the tag given to arm()
  pid_t pid = 0;  // as the initial PID namespace counts
  std::string comm;  // empty where the report itself was lost
  Kind kind = Kind::exec;
  int syscall = -1;        // its number, for seccomp and syscall
  std::uint32_t arch = 0;  // AUDIT_ARCH_* of that number: int 0x80 counts differently
  std::string path;
  Nanoseconds at = 0;  // CLOCK_MONOTONIC
};

std::string_view to_string(Incident::Kind kind);

// The name of the incident's system call ("openat"); empty where there is none or it is not known.
std::string syscall_name(const Incident& incident);

// A sentence's second half for logs and results: "tried to execute /bin/sh". Bytes that could move a
// terminal's cursor are made visible.
std::string describe(const Incident& incident);

// Reads one record of the kernel's ring buffer (struct escape_event); nullopt for anything else.
// Trusts no byte of it: texts may lack their end, numbers may mean nothing.
std::optional<Incident> decode_incident(std::string_view record);

}  // namespace mayfly
