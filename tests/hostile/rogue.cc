// SPDX-License-Identifier: Apache-2.0
//
// rogue: a captured VMM that mayfly itself launches, as its QEMU. It plays a QEMU and its guest as the unit tests'
// fake does (tests/unit/fake_qemu.cc), until it is told to attack, by the task's program:
//
//   attack NAME [KEY=VALUE…]   makes the attempt (attacker.cc), prints what came of it, ends with 0 if it succeeded
//   rename-and-attack AS NAME [KEY=VALUE…]  the same, by another name of the process
//   die SIGNAL                 by its own hand
//   flood CHANNEL              writes to qmp, agent, console or stderr what may come there, for ever
//   babble CHANNEL             the same, of what never may
//   give CHANNEL COUNT         sends so many bytes there, each with a descriptor (SCM_RIGHTS), then ends with 0
//   urgent CHANNEL             sends a byte there out of band, then ends with 0
//   hang-up CHANNEL            closes it and stays
//   paint                      writes what terminals obey to stderr and console, and dies
//
// Any other program ends with 0. By its own name it attacks earlier: fake-qemu-early before it greets mayfly,
// fake-qemu-boot when its guest should boot.
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <map>

#include "../unit/fake_qemu.h"
#include "catalog.h"

namespace mayfly::test {
namespace {

using hostile::Attempt;

std::string try_attack(const std::vector<std::string>& words, bool& succeeded) {
  const hostile::Attack* attack = words.empty() ? nullptr : hostile::find_attack(words[0]);
  if (!attack) return "there is no such attack\n";
  std::vector<char*> rest;
  for (std::size_t i = 1; i < words.size(); ++i) rest.push_back(const_cast<char*>(words[i].c_str()));
  const Attempt attempt(words[0], rest);
  const hostile::Outcome outcome = attack->attempt(attempt);
  succeeded = outcome.succeeded;
  return attempt.line(outcome) + "\n";
}

void attack_by(Fake& f, const std::vector<std::string>& words) {
  bool succeeded = false;
  f.print(try_attack(words, succeeded));
  f.exit(succeeded ? 0 : 1);
}

void attack(Fake& f, const ExecRequest& exec) { attack_by(f, exec.args); }

void rename_and_attack(Fake& f, const ExecRequest& exec) {
  ::prctl(PR_SET_NAME, exec.args.at(0).c_str());
  attack_by(f, {exec.args.begin() + 1, exec.args.end()});
}

// Without a word on stdout or stderr, which are not for it.
void attack_at_once() {
  bool ignored = false;
  try_attack({"execve_shell"}, ignored);
}

void die(Fake& f, const ExecRequest& exec) { f.die(std::atoi(exec.args.at(0).c_str())); }

int descriptor_of(const Fake& f, const std::string& channel) {
  if (channel == "qmp") return f.qmp.fd();
  if (channel == "agent") return f.agent.fd();
  return channel == "console" ? f.console.fd() : STDERR_FILENO;
}

// What may come on a channel at any time.
std::string proper(const Fake& f, const std::string& channel) {
  if (channel == "qmp") return "{\"event\":\"NOTHING\",\"data\":{}}\n";
  if (channel == "agent") return encode(Reply{f.id, StreamReply{false, std::string(1000, 'x')}});
  return std::string(1000, 'x') + "\n";
}

[[noreturn]] void write_for_ever(int fd, const std::string& text) {
  std::string much;
  while (much.size() < 64 * 1024) much += text;
  for (;;) {
    for (std::size_t at = 0; at < much.size();) {
      const ssize_t n = ::write(fd, much.data() + at, much.size() - at);
      if (n < 0) ::_exit(1);
      at += static_cast<std::size_t>(n);
    }
  }
}

void flood(Fake& f, const ExecRequest& exec) { write_for_ever(descriptor_of(f, exec.args.at(0)), proper(f, exec.args.at(0))); }
void babble(Fake& f, const ExecRequest& exec) { write_for_ever(descriptor_of(f, exec.args.at(0)), "\xff{[\x01\n"); }

// A byte of a white space, which harms no protocol.
void send_with(int socket, int given) {
  char byte = ' ';
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof given)] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  *header = {.cmsg_len = CMSG_LEN(sizeof given), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  std::memcpy(CMSG_DATA(header), &given, sizeof given);
  ::sendmsg(socket, &message, 0);
}

void give(Fake& f, const ExecRequest& exec) {
  for (int i = std::atoi(exec.args.at(1).c_str()); i > 0; --i) send_with(descriptor_of(f, exec.args.at(0)), STDIN_FILENO);
  f.exit(0);
}

void urgent(Fake& f, const ExecRequest& exec) {
  const ssize_t sent = ::send(descriptor_of(f, exec.args.at(0)), " ", 1, MSG_OOB);
  f.exit(sent == 1 ? 0 : 1);
}

void hang_up(Fake& f, const ExecRequest& exec) {
  ::close(descriptor_of(f, exec.args.at(0)));
  for (;;) ::poll(nullptr, 0, -1);
}

void paint(Fake& f, const ExecRequest&) {
  constexpr std::string_view kClear = "\x1b[2J\x1b]0;owned\x07 \xff painted\n";
  [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, kClear.data(), kClear.size());
  f.console.say(kClear);
  ::_exit(1);
}

using Program = void (*)(Fake&, const ExecRequest&);

const std::map<std::string_view, Program> kPrograms = {
    {"attack", attack}, {"rename-and-attack", rename_and_attack},
    {"flood", flood},   {"babble", babble},
    {"give", give},     {"urgent", urgent},
    {"hang-up", hang_up}, {"paint", paint},
    {"die", die},
};

}  // namespace

bool play(Fake&, std::string_view trick, Point point) {
  if (trick == "early" && point == Point::greeting) attack_at_once();
  if (trick == "boot" && point == Point::cont) attack_at_once();
  return false;
}

void run_program(Fake& fake, const ExecRequest& exec) {
  const auto program = kPrograms.find(exec.bin);
  if (program == kPrograms.end()) return fake.exit(0);
  program->second(fake, exec);
}

}  // namespace mayfly::test
