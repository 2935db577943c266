// SPDX-License-Identifier: Apache-2.0
//
// attacker [--wait] NAME [KEY=VALUE…]: makes one real attempt of the attack NAME, as whoever
// has taken over a QEMU could, and says what came of it in one line of JSON on descriptor 1:
//   {"attack":NAME,"outcome":"succeeded"|"denied","detail":"openat: EACCES"}
// Killed by a signal is the third outcome, and for its parent to see. A line that says
// "succeeded" is true even if the process is killed afterwards.
//
//   --wait    says {"attack":NAME,"outcome":"ready","detail":""} first, and makes the attempt
//             when a byte has come on descriptor 0
//   --list    prints the names of all attacks
//   --say T   prints T: what this program does where an attack has it executed
//
// Ends with 0 if it succeeded, 1 if it was denied, 2 if it was not asked properly.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "attempt.h"

namespace hostile {
namespace {

constexpr int kExitDenied = 1;
constexpr int kExitUsage = 2;

auto all_attacks() {
  return std::to_array({execution_attacks(), file_attacks(), entry_attacks(), template_attacks(),
                        namespace_attacks(), process_attacks(), network_attacks(), kernel_attacks(),
                        privilege_attacks(), resource_attacks(), secret_attacks()});
}

const Attack* find_attack(std::string_view name) {
  for (const auto& kind : all_attacks()) {
    const auto found = std::ranges::find(kind, name, &Attack::name);
    if (found != kind.end()) return &*found;
  }
  return nullptr;
}

int list() {
  for (const auto& kind : all_attacks()) {
    for (const Attack& attack : kind) std::puts(std::string(attack.name).c_str());
  }
  return 0;
}

int say(std::string text) {
  text += '\n';
  return ::write(STDOUT_FILENO, text.data(), text.size()) < 0;
}

bool wait_for_start(const std::string& name) {
  say("{\"attack\":\"" + name + "\",\"outcome\":\"ready\",\"detail\":\"\"}");
  char go;
  return ::read(STDIN_FILENO, &go, 1) == 1;
}

int attempt(std::span<char* const> words, bool wait) {
  const Attack* attack = words.empty() ? nullptr : find_attack(words[0]);
  if (!attack) {
    std::fputs("usage: attacker [--wait] NAME [KEY=VALUE...] | --list\n", stderr);
    return kExitUsage;
  }
  const Attempt made(words[0], words.subspan(1));
  if (wait && !wait_for_start(words[0])) return kExitUsage;
  const Outcome outcome = attack->attempt(made);
  made.report(outcome);
  return outcome.succeeded ? 0 : kExitDenied;
}

int run(std::span<char* const> words) {
  const std::string_view first = words.empty() ? "" : words[0];
  if (first == "--list") return list();
  if (first == "--say" && words.size() == 2) return say(words[1]);
  const bool wait = first == "--wait";
  return attempt(words.subspan(wait), wait);
}

}  // namespace
}  // namespace hostile

int main(int argc, char** argv) {
  return hostile::run(std::span<char* const>(argv, static_cast<std::size_t>(argc)).subspan(1));
}
