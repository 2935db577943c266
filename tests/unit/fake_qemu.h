// SPDX-License-Identifier: Apache-2.0
//
// fake-qemu, in parts: what it says and hears (here), how it misbehaves (fake_qemu_tricks.cc),
// the programs of its guest (fake_qemu_programs.cc), and what it does all in all (fake_qemu.cc).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/line_splitter.h"
#include "protocol/message.h"

namespace mayfly::test {

// A connected socket, by lines. The fake ends when the other end is gone.
class Channel {
 public:
  explicit Channel(int fd) : fd_(fd) {}

  int fd() const { return fd_; }
  void say(std::string_view bytes);
  std::string hear();                // waits for a line
  std::optional<std::string> next();  // a line that is already here
  void receive();                    // waits for bytes
  void hang_up();
  int descriptor() const { return descriptor_; }  // the last that came along, or -1

 private:
  int fd_;
  int descriptor_ = -1;
  LineSplitter lines_{2 << 20};
};

// One QMP command that was heard.
struct Command {
  std::string name;
  std::int64_t id = 0;
  std::string uri;  // of migrate and migrate-incoming
};

class Fake {
 public:
  Fake(std::string path, const std::vector<std::string>& arguments);

  const std::string path;  // as it was called
  Channel qmp;
  Channel agent;
  Channel console;
  const bool restored;  // -incoming
  const bool tells_migrations;
  const int memory;     // the guest's memory, or -1
  const int overlay;    // or -1
  Command command;      // at hand
  std::int64_t id = 0;  // of the request at hand
  ResumeRequest identity;
  std::map<std::string, std::string> files;
  bool running = false;  // the guest

  // What QMP says.
  void done() { answer("\"return\":{}"); }
  void failed(std::string_view why);
  void event(std::string_view name, std::string_view data);
  void migration(std::string_view status);

  // What the agent says.
  void reply(decltype(Reply::body) body) { agent.say(encode(Reply{id, std::move(body)})); }
  void print(std::string_view text) { reply(StreamReply{false, std::string(text)}); }
  void exit(int code) { reply(ExitReply{code, {}, false, false, {1, 2, 3, 4, 5, 6}}); }
  void refuse(Refusal reason, std::string why) { reply(ErrorReply{reason, std::move(why)}); }
  Request request();  // waits for the next

  // Writes a byte to the FIFO <path>.told, if a test has made one. Returns its descriptor.
  int tell() const;
  [[noreturn]] void fall_silent() const;
  [[noreturn]] static void die(int signal);

  // The guest's memory and device state, as much as there is of them: the token, in both.
  void write_snapshot();
  void read_snapshot();

 private:
  void answer(std::string_view content);
};

// Where a trick replaces what would have been done.
enum class Point { greeting, capabilities, load, cont, ready, restored, resume, put, exercise, exec, get, pass, save };

// Plays the trick if this is its point. One whose name begins with "once-" is played by the
// first fake of that path that comes there, and by no other.
bool play(Fake& fake, std::string_view trick, Point point);

// Runs one of the built-in programs; the fake ends where there is none of that name.
void run_program(Fake& fake, const ExecRequest& exec);

}  // namespace mayfly::test
