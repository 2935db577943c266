// SPDX-License-Identifier: Apache-2.0
//
// Stands in for QEMU in the unit tests: takes the command line that mayfly makes, finds its
// channels there, speaks QMP and the agent's protocol, and runs a few built-in programs. The
// name that it is called by, fake-qemu-<trick>, says where and how it misbehaves. Before it
// falls silent on purpose it writes a byte to the descriptor of its initramfs, which a test
// may have made a pipe. It is killed with its parent, as every child of mayfly's Process.
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/line_splitter.h"
#include "protocol/message.h"

namespace mayfly::test {
namespace {

constexpr std::size_t kTooLong = (1 << 20) + 1;

// The number that follows `prefix` in some argument; the fake ends where there is none.
int number_after(const std::vector<std::string>& arguments, std::string_view prefix) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with(prefix)) return std::atoi(argument.c_str() + prefix.size());
  }
  ::_exit(90);
}

int initramfs_of(const std::vector<std::string>& arguments) {
  const auto option = std::find(arguments.begin(), arguments.end(), "-initrd");
  if (option == arguments.end()) ::_exit(90);
  return number_after({option[1]}, "/proc/self/fd/");
}

class Channel {
 public:
  explicit Channel(int fd) : fd_(fd) {}

  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n <= 0) ::_exit(91);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  std::string hear() {
    std::array<char, 65536> buffer;
    for (;;) {
      if (const auto line = lines_.next()) return std::string(*line);
      const ssize_t n = ::read(fd_, buffer.data(), buffer.size());
      if (n <= 0) ::_exit(92);
      lines_.append({buffer.data(), static_cast<std::size_t>(n)});
    }
  }

  void hang_up() { ::close(fd_); }

 private:
  int fd_;
  LineSplitter lines_{2 << 20};
};

struct Fake {
  explicit Fake(const std::vector<std::string>& arguments)
      : qmp(number_after(arguments, "socket,id=qmp,fd=")),
        agent(number_after(arguments, "socket,id=agent,fd=")),
        console(number_after(arguments, "socket,id=console,fd=")),
        initramfs(initramfs_of(arguments)),
        has_disk(std::find(arguments.begin(), arguments.end(), "-blockdev") != arguments.end()) {}

  Channel qmp;
  Channel agent;
  Channel console;
  int initramfs;
  bool has_disk;
  std::int64_t id = 0;  // of the request at hand
  ResumeRequest identity;
  std::map<std::string, std::string> files;

  void reply(decltype(Reply::body) body) { agent.say(encode(Reply{id, std::move(body)})); }
  void print(std::string_view text) { reply(StreamReply{false, std::string(text)}); }
  void exit(int code) { reply(ExitReply{code, {}, false, false, {1, 2, 3, 4, 5, 6}}); }
  void refuse(Refusal reason, std::string why) { reply(ErrorReply{reason, std::move(why)}); }
  void event(std::string_view name, std::string_view data) {
    qmp.say("{\"event\":\"" + std::string(name) + "\",\"data\":" + std::string(data) + "}\n");
  }

  [[noreturn]] void fall_silent() {
    [[maybe_unused]] const ssize_t n = ::write(initramfs, "x", 1);
    for (;;) ::pause();
  }
  [[noreturn]] void die(int signal) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    std::abort();
  }

  Request request() {
    auto decoded = decode_request(agent.hear());
    if (!decoded) ::_exit(93);
    id = decoded->id;
    return *std::move(decoded);
  }
};

// ---- how it misbehaves -----------------------------------------------------------------

// Where a trick replaces what would have been done.
enum class Point { greeting, capabilities, cont, ready, resume, put, exec, get };

struct Trick {
  std::string_view name;
  Point point;
  void (*play)(Fake&);
};

const Trick kTricks[] = {
    {"exits", Point::greeting, [](Fake&) { ::_exit(3); }},
    {"complains", Point::greeting,
     [](Fake&) {
       constexpr std::string_view kText = "no such \x1b[31m accelerator\n";
       [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, kText.data(), kText.size());
       ::_exit(1);
     }},
    {"no-greeting", Point::greeting, [](Fake& f) { f.fall_silent(); }},
    {"garbled-greeting", Point::greeting, [](Fake& f) { f.qmp.say("QEMU 7.2 at your service\n"); }},
    {"two-greetings", Point::greeting, [](Fake& f) { f.qmp.say("{\"QMP\":{}}\n{\"QMP\":{}}\n"); }},
    {"overlong-qmp", Point::greeting, [](Fake& f) { f.qmp.say(std::string(kTooLong, ' ')); }},
    {"closes-qmp", Point::greeting,
     [](Fake& f) {
       f.qmp.hang_up();
       f.fall_silent();
     }},
    {"refuses-capabilities", Point::capabilities,
     [](Fake& f) { f.qmp.say("{\"id\":1,\"error\":{\"class\":\"GenericError\",\"desc\":\"not today\"}}\n"); }},
    {"answers-nothing-asked", Point::capabilities, [](Fake& f) { f.qmp.say("{\"id\":99,\"return\":{}}\n"); }},
    {"refuses-cont", Point::cont,
     [](Fake& f) { f.qmp.say("{\"id\":2,\"error\":{\"class\":\"GenericError\",\"desc\":\"stuck\"}}\n"); }},

    {"silent-boot", Point::ready, [](Fake& f) { f.fall_silent(); }},
    {"garbled-boot", Point::ready, [](Fake& f) { f.agent.say("\x01\x02 login:\n"); }},
    {"overlong-boot", Point::ready, [](Fake& f) { f.agent.say(std::string(kTooLong, 'x')); }},
    {"boot-fails", Point::ready, [](Fake& f) { f.refuse(Refusal::failed, "cannot mount /dev/vda"); }},
    {"acks-unasked", Point::ready, [](Fake& f) { f.reply(AckReply{}); }},
    {"exits-at-boot", Point::ready, [](Fake& f) { f.exit(0); }},
    {"ready-twice", Point::ready,
     [](Fake& f) {
       f.reply(ReadyReply{"1"});
       f.reply(ReadyReply{"1"});
     }},
    {"panics-at-boot", Point::ready,
     [](Fake& f) {
       f.console.say("Kernel panic - not syncing\n");
       f.event("SHUTDOWN", R"({"guest":true,"reason":"guest-reset"})");
     }},
    {"silent-resume", Point::resume, [](Fake& f) { f.fall_silent(); }},
    {"wrong-resume", Point::resume,
     [](Fake& f) {
       f.id = 77;
       f.reply(AckReply{});
     }},
    {"refuses-resume", Point::resume, [](Fake& f) { f.refuse(Refusal::token, "wrong token"); }},

    {"silent-put", Point::put, [](Fake& f) { f.fall_silent(); }},
    {"refuses-put", Point::put, [](Fake& f) { f.refuse(Refusal::failed, "read-only file system"); }},
    {"exits-at-put", Point::put, [](Fake& f) { f.exit(0); }},

    {"silent-exec", Point::exec, [](Fake& f) { f.fall_silent(); }},
    {"garbled", Point::exec, [](Fake& f) { f.agent.say("{\"stream\":\"stdout\",\"data\":\n"); }},
    {"binary", Point::exec, [](Fake& f) { f.agent.say(std::string("\0\xff\n", 3)); }},
    {"overlong", Point::exec, [](Fake& f) { f.agent.say(std::string(kTooLong, '{')); }},
    {"wrong-id", Point::exec,
     [](Fake& f) {
       f.id += 5;
       f.exit(0);
     }},
    {"no-id", Point::exec, [](Fake& f) { f.agent.say(encode(Reply{{}, ExitReply{0, {}, false, false, {}}})); }},
    {"ready-again", Point::exec, [](Fake& f) { f.reply(ReadyReply{"1"}); }},
    {"acks-exec", Point::exec, [](Fake& f) { f.reply(AckReply{}); }},
    {"data-to-exec", Point::exec, [](Fake& f) { f.reply(DataReply{"x", true}); }},
    {"closes-agent", Point::exec,
     [](Fake& f) {
       f.agent.hang_up();
       f.fall_silent();
     }},
    {"segfaults", Point::exec, [](Fake& f) { f.die(SIGSEGV); }},
    {"killed", Point::exec, [](Fake& f) { f.die(SIGKILL); }},
    {"sigsys", Point::exec, [](Fake& f) { f.die(SIGSYS); }},
    {"writes-and-sigsys", Point::exec,
     [](Fake& f) {
       f.reply(StreamReply{false, "more than a byte"});
       f.die(SIGSYS);
     }},
    {"exits-in-exec", Point::exec, [](Fake&) { ::_exit(3); }},
    {"exits-zero-in-exec", Point::exec, [](Fake&) { ::_exit(0); }},
    {"leaves-a-child", Point::exec,
     [](Fake& f) {
       if (::fork() != 0) ::_exit(3);
       pollfd until_the_test_is_over{f.initramfs, 0, 0};
       ::poll(&until_the_test_is_over, 1, -1);
       ::_exit(0);
     }},
    {"qmp-garbage", Point::exec, [](Fake& f) { f.qmp.say("\xff\n"); }},
    {"resets", Point::exec, [](Fake& f) { f.event("SHUTDOWN", R"({"guest":true,"reason":"guest-reset"})"); }},
    {"powers-off", Point::exec,
     [](Fake& f) { f.event("SHUTDOWN", R"({"guest":true,"reason":"guest-shutdown"})"); }},
    {"host-disk-full", Point::exec,
     [](Fake& f) {
       f.event("BLOCK_IO_ERROR", R"({"operation":"write","reason":"No space left","nospace":true})");
     }},
    {"host-disk-error", Point::exec,
     [](Fake& f) {
       f.event("BLOCK_IO_ERROR", R"({"operation":"read","reason":"Input/output error","nospace":false})");
     }},
    {"harmless-events", Point::exec,
     [](Fake& f) {
       f.event("RESUME", "{}");
       f.event("SHUTDOWN", R"({"guest":false,"reason":"host-signal"})");
       f.event("", "7");
       f.exit(0);
     }},

    {"silent-get", Point::get, [](Fake& f) { f.fall_silent(); }},
    {"acks-get", Point::get, [](Fake& f) { f.reply(AckReply{}); }},
    {"endless-get", Point::get, [](Fake& f) { f.reply(DataReply{"", false}); }},
    {"greedy-get", Point::get, [](Fake& f) { f.reply(DataReply{std::string(kMaxChunk + 1, 'x'), true}); }},
    {"exits-twice", Point::get,
     [](Fake& f) {
       --f.id;
       f.exit(0);
     }},
    {"resets-in-get", Point::get,
     [](Fake& f) { f.event("SHUTDOWN", R"({"guest":true,"reason":"guest-reset"})"); }},
    {"sigsys-in-get", Point::get, [](Fake& f) { f.die(SIGSYS); }},
};

// ---- the programs ----------------------------------------------------------------------

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

void show(Fake& f, const ExecRequest& exec) {
  std::string text = exec.cwd + "\n";
  for (const auto& [name, value] : exec.env) text += name + "=" + value + "\n";
  for (const auto& name : exec.permissions.value_or(std::vector<std::string>{})) text += "may " + name + "\n";
  text += "host " + f.identity.hostname + " token " + std::to_string(f.identity.new_token.size()) +
          " entropy " + std::to_string(f.identity.entropy.size()) + (f.has_disk ? " disk" : "") + "\n";
  f.print(text);
  f.exit(0);
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

const std::map<std::string_view, Program> kPrograms = {
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
    {"cat", cat},
    {"show", show},
    {"deaf", deaf},
    {"confused", confused},
    {"exit", [](Fake& f, const ExecRequest& exec) { f.exit(argument(exec)); }},
    {"die",
     [](Fake& f, const ExecRequest& exec) { f.reply(ExitReply{{}, argument(exec), false, false, {}}); }},
    {"late", [](Fake& f, const ExecRequest&) { f.reply(ExitReply{{}, 9, true, false, {}}); }},
    {"oom", [](Fake& f, const ExecRequest&) { f.reply(ExitReply{{}, 9, false, true, {}}); }},
    {"missing", [](Fake& f, const ExecRequest&) { f.refuse(Refusal::not_found, "no such program"); }},
    {"noexec", [](Fake& f, const ExecRequest&) { f.refuse(Refusal::cannot_run, "not executable"); }},
    {"denied", [](Fake& f, const ExecRequest&) { f.refuse(Refusal::permission, "not permitted"); }},
    {"broken", [](Fake& f, const ExecRequest&) { f.refuse(Refusal::failed, "fork: EAGAIN"); }},
};

// ---- the machine -----------------------------------------------------------------------

class Machine {
 public:
  Machine(const std::vector<std::string>& arguments, std::string_view trick)
      : fake_(arguments), trick_(trick) {}

  [[noreturn]] void run() {
    at(Point::greeting, [](Fake& f) { f.qmp.say("{\"QMP\":{\"version\":{},\"capabilities\":[]}}\r\n"); });
    fake_.qmp.hear();
    at(Point::capabilities, [](Fake& f) { f.qmp.say("{\"return\":{},\"id\":1}\n"); });
    fake_.qmp.hear();
    at(Point::cont, [](Fake& f) { f.qmp.say("{\"return\":{},\"id\":2}\n{\"event\":\"RESUME\"}\n"); });
    fake_.console.say("booting\n");
    at(Point::ready, [](Fake& f) { f.agent.say(encode(Reply{{}, ReadyReply{"fake"}})); });
    for (;;) serve(fake_.request());
  }

 private:
  // Plays the trick that belongs here, if this is its point.
  bool tricked(Point point) {
    for (const Trick& trick : kTricks) {
      if (trick.name != trick_ || trick.point != point) continue;
      trick.play(fake_);
      return true;
    }
    return false;
  }

  void at(Point point, void (*otherwise)(Fake&)) {
    if (!tricked(point)) otherwise(fake_);
  }

  void serve(const Request& request) {
    if (request.token != fake_.identity.new_token) return fake_.refuse(Refusal::token, "wrong token");
    if (const auto* resume = std::get_if<ResumeRequest>(&request.body)) {
      fake_.identity = *resume;
      at(Point::resume, [](Fake& f) { f.reply(AckReply{}); });
    } else if (const auto* put = std::get_if<PutRequest>(&request.body)) {
      std::string& file = fake_.files[put->path];
      file.resize(static_cast<std::size_t>(put->offset));
      file += put->data;
      at(Point::put, [](Fake& f) { f.reply(AckReply{}); });
    } else if (const auto* get = std::get_if<GetRequest>(&request.body)) {
      at_get(*get);
    } else if (const auto* exec = std::get_if<ExecRequest>(&request.body)) {
      at_exec(*exec);
    } else {
      fake_.refuse(Refusal::busy, "no program is running");
    }
  }

  void at_get(const GetRequest& get) {
    if (tricked(Point::get)) return;
    const auto file = fake_.files.find(get.path);
    if (file == fake_.files.end()) return fake_.refuse(Refusal::not_found, get.path + ": no such file");
    const auto offset = static_cast<std::size_t>(get.offset);
    const std::string part = file->second.substr(offset, static_cast<std::size_t>(get.max_bytes));
    fake_.reply(DataReply{part, offset + part.size() == file->second.size()});
  }

  void at_exec(const ExecRequest& exec) {
    if (tricked(Point::exec)) return;
    const auto program = kPrograms.find(exec.bin);
    if (program == kPrograms.end()) ::_exit(95);
    program->second(fake_, exec);
  }

  Fake fake_;
  std::string_view trick_;
};

// Every descriptor that the command line names must be open here.
void check_descriptors(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    const std::size_t at = argument.find("fd=");
    if (at == std::string::npos || argument.find("fdset") != std::string::npos) continue;
    struct stat status {};
    if (::fstat(std::atoi(argument.c_str() + at + 3), &status) < 0) ::_exit(96);
  }
}

std::string_view trick_of(std::string_view name) {
  constexpr std::string_view kMark = "fake-qemu-";
  const std::size_t at = name.rfind(kMark);
  return at == std::string_view::npos ? "" : name.substr(at + kMark.size());
}

}  // namespace
}  // namespace mayfly::test

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  mayfly::test::check_descriptors(arguments);
  mayfly::test::Machine(arguments, mayfly::test::trick_of(argv[0])).run();
}
