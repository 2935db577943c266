// SPDX-License-Identifier: Apache-2.0
//
// What a captured QEMU could learn about the host without asking the host's files. Each looks
// for needle=….
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <string>

#include "attempt.h"
#include "opening.h"

namespace hostile {
namespace {

// The environment, and what the kernel itself hands to a new program.
Outcome read_environment(const Attempt& attempt) {
  std::string all;
  for (char** variable = environ; *variable; ++variable) all += std::string(*variable) + '\n';
  for (const unsigned long kind : {AT_EXECFN, AT_PLATFORM, AT_BASE_PLATFORM}) {
    if (const auto* text = reinterpret_cast<const char*>(::getauxval(kind))) all += std::string(text) + '\n';
  }
  return find_needle(attempt, all);
}

// Where a file lies that we have as a descriptor only.
Outcome read_descriptor_name(const Attempt& attempt) {
  const std::string link = "/proc/self/fd/" + attempt.text("fd");
  std::array<char, 4096> name;
  const long size = ::syscall(SYS_readlink, link.c_str(), name.data(), name.size());
  if (size < 0) return judge("readlink", size);
  return find_needle(attempt, {name.data(), static_cast<std::size_t>(size)});
}

Outcome read_host_name(const Attempt& attempt) {
  utsname names;
  if (::syscall(SYS_uname, &names) < 0) return judge("uname", -1);
  const bool same = attempt.text("needle") == names.nodename;
  return same ? success("uname: the host's name") : denial("what was looked for is not there");
}

// Who is at the other end of a socket, as far as it can be seen from here.
Outcome find_peer(const Attempt& attempt) {
  ucred peer{};
  socklen_t size = sizeof peer;
  const long result = ::syscall(SYS_getsockopt, attempt.number("fd"), SOL_SOCKET, SO_PEERCRED, &peer, &size);
  if (result < 0) return judge("getsockopt", result);
  return find_needle(attempt, std::to_string(peer.pid));
}

constexpr Attack kAttacks[] = {
    {"environment", read_environment},
    {"descriptor_name", read_descriptor_name},
    {"host_name", read_host_name},
    {"peer", find_peer},
};

}  // namespace

std::span<const Attack> secret_attacks() { return kAttacks; }

}  // namespace hostile
