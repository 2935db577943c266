// SPDX-License-Identifier: Apache-2.0
//
// attacker [--wait FD] NAME [KEY=VALUE…]: makes one real attempt of the attack NAME, as whoever
// has taken over a QEMU could, and says what came of it in one line of JSON on descriptor 1:
//   {"attack":NAME,"outcome":"succeeded"|"denied","detail":"openat: EACCES"}
// Killed by a signal is the third outcome, and for its parent to see. A line that says
// "succeeded" is true even if the process is killed afterwards.
//
//   --wait FD says {"attack":NAME,"outcome":"ready","detail":""} first, and makes the attempt
//             when a byte has come on that descriptor
//   --list    prints the names of all attacks
//   --say T   prints T: what this program does where an attack has it executed
//
// Ends with 0 if it succeeded, 1 if it was denied, 2 if it was not asked properly.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "attempt.h"
#include "catalog.h"

namespace hostile {
namespace {

constexpr int kExitDenied = 1;
constexpr int kExitUsage = 2;

int list() {
  for (const Attack& attack : all_attacks()) std::puts(std::string(attack.name).c_str());
  return 0;
}

int say(std::string text) {
  text += '\n';
  return ::write(STDOUT_FILENO, text.data(), text.size()) < 0;
}

constexpr int kNoWait = -1;

bool wait_for_start(const std::string& name, int fd) {
  if (fd == kNoWait) return true;
  say("{\"attack\":\"" + name + "\",\"outcome\":\"ready\",\"detail\":\"\"}");
  char go;
  return ::read(fd, &go, 1) == 1;
}

int attempt(std::span<char* const> words, int wait_fd) {
  const Attack* attack = words.empty() ? nullptr : find_attack(words[0]);
  if (!attack) {
    std::fputs("usage: attacker [--wait FD] NAME [KEY=VALUE...] | --list\n", stderr);
    return kExitUsage;
  }
  const Attempt made(words[0], words.subspan(1));
  if (!wait_for_start(words[0], wait_fd)) return kExitUsage;
  const Outcome outcome = attack->attempt(made);
  made.report(outcome);
  return outcome.succeeded ? 0 : kExitDenied;
}

int run(std::span<char* const> words) {
  const std::string_view first = words.empty() ? "" : words[0];
  if (first == "--list") return list();
  if (first == "--say" && words.size() == 2) return say(words[1]);
  if (first == "--wait" && words.size() > 2) return attempt(words.subspan(2), std::atoi(words[1]));
  return attempt(words, kNoWait);
}

}  // namespace
}  // namespace hostile

int main(int argc, char** argv) {
  return hostile::run(std::span<char* const>(argv, static_cast<std::size_t>(argc)).subspan(1));
}
