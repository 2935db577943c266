// SPDX-License-Identifier: Apache-2.0
#include "monitor/incident.h"

#include <escape_event.h>
#include <seccomp.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/printable.h"

namespace mayfly {
namespace {

struct KindText {
  std::string_view name;
  std::string_view tried;
};

// In the order of Incident::Kind and of enum escape_kind.
constexpr std::array<KindText, 6> kKinds = {{
    {"exec", "execute"},
    {"fork", "create a process"},
    {"open", "open"},
    {"create", "create"},
    {"seccomp", "call"},
    {"syscall", "call"},
}};
static_assert(ESCAPE_SYSCALL + 1 == kKinds.size());

const KindText& text_of(Incident::Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

template <std::size_t Size>
std::string text_in(const char (&bytes)[Size]) {
  return {bytes, ::strnlen(bytes, Size)};
}

std::string syscall_text(const Incident& incident) {
  const std::string name = syscall_name(incident);
  return name.empty() ? "system call " + std::to_string(incident.syscall) : name;
}

}  // namespace

std::string_view to_string(Incident::Kind kind) { return text_of(kind).name; }

std::string syscall_name(const Incident& incident) {
  if (incident.syscall < 0) return {};
  // libseccomp's tokens for architectures are the kernel's AUDIT_ARCH_* numbers.
  const std::unique_ptr<char, void (*)(void*)> name(
      ::seccomp_syscall_resolve_num_arch(incident.arch, incident.syscall), std::free);
  return name ? name.get() : "";
}

std::string describe(const Incident& incident) {
  std::string text = "tried to " + std::string(text_of(incident.kind).tried);
  if (incident.syscall >= 0) text += " " + syscall_text(incident);
  if (!incident.path.empty()) text += " " + printable(incident.path);
  return text;
}

std::optional<Incident> decode_incident(std::string_view record) {
  escape_event event;
  if (record.size() < sizeof event) return std::nullopt;
  std::memcpy(&event, record.data(), sizeof event);
  if (event.kind >= kKinds.size()) return std::nullopt;
  Incident incident;
  incident.machine = event.machine;
  incident.pid = event.pid;
  incident.comm = text_in(event.comm);
  incident.kind = static_cast<Incident::Kind>(event.kind);
  incident.syscall = event.syscall;
  incident.arch = event.arch;
  incident.path = text_in(event.path);
  incident.at = static_cast<Nanoseconds>(event.at_ns);
  return incident;
}

}  // namespace mayfly
