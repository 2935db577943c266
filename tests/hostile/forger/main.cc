// SPDX-License-Identifier: Apache-2.0
//
// The first process of a machine, in the agent's place. On an image of its own, whose disk begins with the word
// "forger", it is the agent, and forges; on any other it becomes the agent, which is beside it as /agent.
//
// It answers honestly, but for programs, which it does not run: a task's ["forge", NAME] is answered by the forgery of
// that name, and so is whoever puts or gets a file of that name, or says the name to a program. With "ready NAME" or
// "resume NAME" behind the word on the disk, that is what it says when it should be ready, or have its token.
//
// Elsewhere than in a machine it prints the names of all forgeries.
#include <fcntl.h>
#include <sys/reboot.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "forgery.h"

namespace forger {
namespace {

constexpr const char* kDisk = "/dev/vda";
constexpr const char* kProgram = "forge";

// What is forged beside what the task says; empty: nothing.
struct Orders {
  bool ours = false;
  std::string ready;
  std::string resume;
};

// The next word, which is taken off.
std::string next_word(std::string& text) {
  const std::string word = text.substr(0, text.find_first_of(" \n"));
  text.erase(0, word.size() + 1);
  return word;
}

Orders read_orders() {
  const mayfly::Fd disk(::open(kDisk, O_RDONLY | O_CLOEXEC));
  std::array<char, 512> sector;
  const ssize_t got = ::read(disk.get(), sector.data(), sector.size());
  std::string text(sector.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
  Orders orders;
  orders.ours = next_word(text) == "forger";
  if (!orders.ours) return orders;
  const std::string place = next_word(text);
  (place == "ready" ? orders.ready : orders.resume) = next_word(text);
  return orders;
}

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Answers one request: with what it is to be, if it is to be forged.
struct Answer {
  Host& host;
  const Orders& orders;
  std::int64_t id;

  void say(decltype(mayfly::Reply::body) body) const { host.say(mayfly::Reply{id, std::move(body)}); }
  bool forged(std::string_view name) const { return commit(name, host, id); }

  void operator()(const mayfly::ResumeRequest&) const {
    if (!forged(orders.resume)) say(mayfly::AckReply{});
  }
  void operator()(const mayfly::ExecRequest& exec) const {
    if (exec.bin == kProgram && !exec.args.empty() && forged(exec.args[0])) return;
    mayfly::ExitReply exit;
    exit.code = exec.bin == kProgram ? 2 : 0;
    say(exit);
  }
  void operator()(const mayfly::PutRequest& put) const {
    if (!forged(last_name(put.path))) say(mayfly::AckReply{});
  }
  void operator()(const mayfly::GetRequest& get) const {
    if (!forged(last_name(get.path))) say(mayfly::DataReply{"honest", true});
  }
  void operator()(const mayfly::ActionRequest& action) const {
    mayfly::ActionReply reply;
    reply.wire_shape = action.wire_shape;
    say(std::move(reply));
  }
  void operator()(const mayfly::StdinRequest& input) const {
    if (!forged(input.data)) say(mayfly::AckReply{});
  }
  void operator()(const mayfly::SignalRequest&) const { say(mayfly::AckReply{}); }
  void operator()(const mayfly::EndRequest&) const {}  // it does not end
};

void serve(Host& host, const Orders& orders) {
  if (!commit(orders.ready, host, 1)) host.say(mayfly::Reply{{}, mayfly::ReadyReply{MAYFLY_VERSION}});
  while (const auto request = host.next()) std::visit(Answer{host, orders, request->id}, request->body);
}

int list() {
  for (const std::string_view name : all_names()) std::puts(std::string(name).c_str());
  return 0;
}

void run() {
  mount_all();
  const Orders orders = read_orders();
  if (!orders.ours) {
    unmount_all();
    ::execl("/agent", "/init", nullptr);
  } else if (mayfly::Fd port = open_host_port()) {
    Host host(std::move(port));
    serve(host, orders);
  }
  ::reboot(RB_AUTOBOOT);
}

}  // namespace
}  // namespace forger

int main() {
  if (::getpid() != 1) return forger::list();
  forger::run();
}
