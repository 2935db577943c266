// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "fake_qemu.h"

namespace mayfly::test {
namespace {

using Program = void (*)(Fake&, const ExecRequest&);

int argument(const ExecRequest& exec) { return std::atoi(exec.args.at(0).c_str()); }

void cat(Fake& f, const ExecRequest& exec) {
  const std::int64_t program = f.id;
  for (bool eof = !exec.stdin_open; !eof;) {
    const Request request = f.request();
    const auto* input = std::get_if<StdinRequest>(&request.body);
    if (!input) ::_exit(94);
    f.reply(AckReply{});
    f.id = program;
    if (!input->data.empty()) f.print(input->data);
    eof = input->eof;
  }
  f.exit(0);
}

// Ends with the number on its stdin.
void status(Fake& f, const ExecRequest&) {
  const std::int64_t program = f.id;
  const Request request = f.request();
  const auto* input = std::get_if<StdinRequest>(&request.body);
  if (!input) ::_exit(94);
  const std::string number = input->data;
  f.reply(AckReply{});
  f.id = program;
  f.exit(std::atoi(number.c_str()));
}

void show(Fake& f, const ExecRequest& exec) {
  std::string text = exec.cwd + "\n";
  for (const auto& [name, value] : exec.env) text += name + "=" + value + "\n";
  for (const auto& name : exec.permissions.value_or(std::vector<std::string>{})) text += "may " + name + "\n";
  text += "host " + f.identity.hostname + " token " + std::to_string(f.identity.new_token.size()) +
          " entropy " + std::to_string(f.identity.entropy.size()) + (f.overlay >= 0 ? " disk" : "") + "\n";
  f.print(text);
  f.exit(0);
}

// Ends at once, and leaves something that the agent takes so many milliseconds to tidy up.
void litter(Fake& f, const ExecRequest& exec) {
  f.exit(0);
  ::usleep(static_cast<useconds_t>(argument(exec)) * 1000);
}

// Runs until it is told to end, and says so.
void endless(Fake& f, const ExecRequest&) {
  const std::int64_t program = f.id;
  const Request request = f.request();
  if (!std::holds_alternative<EndRequest>(request.body)) ::_exit(94);
  f.id = program;
  f.reply(ExitReply{{}, 9, true, false, {}});
}

// Takes so many milliseconds, and says so.
void slow(Fake& f, const ExecRequest& exec) {
  ::usleep(static_cast<useconds_t>(argument(exec)) * 1000);
  f.reply(ExitReply{0, {}, false, false, {.wall_ms = argument(exec)}});
}

// Takes no input: refuses the first and ends.
void deaf(Fake& f, const ExecRequest&) {
  const std::int64_t program = f.id;
  f.request();
  f.refuse(Refusal::busy, "no program is running");
  f.id = program;
  f.exit(0);
}

void confused(Fake& f, const ExecRequest&) {
  f.request();
  f.print("this is no answer to stdin");
}

// A shell command leaves a line on the disk.
void shell(Fake& f, const ExecRequest& exec) {
  struct stat s {};
  ::fstat(f.overlay, &s);
  const std::string line = "\n" + std::to_string(exec.user.value_or(0)) + " ran " + exec.args.at(1);
  [[maybe_unused]] const ssize_t n = ::pwrite(f.overlay, line.data(), line.size(), s.st_size);
  f.exit(exec.args.at(1) == "false");
}

void disk(Fake& f, const ExecRequest&) {
  char content[4096];
  const ssize_t n = ::pread(f.overlay, content, sizeof content, 0);
  f.print({content, n > 0 ? static_cast<std::size_t>(n) : 0});
  f.exit(0);
}

const std::map<std::string_view, Program> kPrograms = {
    {"true", [](Fake& f, const ExecRequest&) { f.exit(0); }},
    {"print",
     [](Fake& f, const ExecRequest& exec) {
       for (const std::string& text : exec.args) f.print(text);
       f.exit(0);
     }},
    {"warn",
     [](Fake& f, const ExecRequest& exec) {
       f.reply(StreamReply{true, exec.args.at(0)});
       f.exit(1);
     }},
    {"say",  // a status, and words on stderr
     [](Fake& f, const ExecRequest& exec) {
       f.reply(StreamReply{true, exec.args.at(1)});
       f.exit(argument(exec));
     }},
    {"fork", [](Fake& f, const ExecRequest&) { f.reply(ExitReply{1, {}, false, false, {}, {}, true}); }},
    {"repeat",
     [](Fake& f, const ExecRequest& exec) {
       for (int i = argument(exec); i > 0; --i) f.print(exec.args.at(1));
       f.exit(0);
     }},
    {"flood", [](Fake& f, const ExecRequest&) { for (;;) f.print("0123456789"); }},
    {"say-and-hang",
     [](Fake& f, const ExecRequest&) {
       f.print("x");
       f.fall_silent();
     }},
    {"write",
     [](Fake& f, const ExecRequest& exec) {
       f.files[exec.args.at(0)] = exec.args.at(1);
       f.exit(0);
     }},
    {"/bin/sh", shell},
    {"litter", litter},
    {"disk", disk},
    {"cat", cat},
    {"status", status},
    {"show", show},
    {"deaf", deaf},
    {"endless", endless},
    {"slow", slow},
    {"print-slow",
     [](Fake& f, const ExecRequest& exec) {
       f.print("x");
       slow(f, exec);
     }},
    {"confused", confused},
    {"exit", [](Fake& f, const ExecRequest& exec) { f.exit(argument(exec)); }},
    {"die",
     [](Fake& f, const ExecRequest& exec) { f.reply(ExitReply{{}, argument(exec), false, false, {}}); }},
    {"last",  // its machine dies with it
     [](Fake& f, const ExecRequest&) {
       f.exit(0);
       ::_exit(1);
     }},
    {"late", [](Fake& f, const ExecRequest&) { f.reply(ExitReply{{}, 9, true, false, {}}); }},
    {"oom", [](Fake& f, const ExecRequest&) { f.reply(ExitReply{{}, 9, false, true, {}}); }},
    {"missing", [](Fake& f, const ExecRequest&) { f.refuse(Refusal::not_found, "no such program"); }},
    {"noexec", [](Fake& f, const ExecRequest&) { f.refuse(Refusal::cannot_run, "not executable"); }},
    {"denied", [](Fake& f, const ExecRequest&) { f.refuse(Refusal::permission, "not permitted"); }},
    {"broken", [](Fake& f, const ExecRequest&) { f.refuse(Refusal::failed, "fork: EAGAIN"); }},
};

}  // namespace

void run_program(Fake& fake, const ExecRequest& exec) {
  const auto program = kPrograms.find(exec.bin);
  if (program == kPrograms.end()) ::_exit(95);
  program->second(fake, exec);
}

}  // namespace mayfly::test
