// SPDX-License-Identifier: Apache-2.0
//
// Stands in for QEMU in the unit tests: takes the command line that mayfly makes, finds its
// channels there, speaks QMP and the agent's protocol, saves and restores what a snapshot must
// carry over, and runs a few built-in programs. The name that it is called by,
// fake-qemu-<trick>, says where and how it misbehaves. Before it falls silent on purpose it
// tells a test that has made a FIFO for that. It is killed with its parent, as every child of
// mayfly's Process.
#include "fake_qemu.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/json.h"

namespace mayfly::test {
namespace {

// The number that follows `mark` in some argument, or `otherwise`.
int number_after(const std::vector<std::string>& arguments, std::string_view mark, int otherwise) {
  for (const std::string& argument : arguments) {
    const std::size_t at = argument.find(mark);
    if (at != std::string::npos) return std::atoi(argument.c_str() + at + mark.size());
  }
  return otherwise;
}

// The fake ends where there is none.
int needed_number_after(const std::vector<std::string>& arguments, std::string_view mark) {
  const int number = number_after(arguments, mark, -1);
  if (number < 0) ::_exit(90);
  return number;
}

int overlay_of(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument.ends_with(",set=2")) return number_after({argument}, "fd=", -1);
  }
  return -1;
}

bool has(const std::vector<std::string>& arguments, std::string_view option) {
  return std::find(arguments.begin(), arguments.end(), option) != arguments.end();
}

// A page in the middle of the guest's memory, whatever its size.
off_t middle_of(int memory) {
  struct stat s {};
  if (::fstat(memory, &s) < 0) ::_exit(97);
  return s.st_size / 2;
}

constexpr std::size_t kTokenDigits = 64;

}  // namespace

void Channel::say(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n <= 0) ::_exit(91);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::optional<std::string> Channel::next() {
  const auto line = lines_.next();
  return line ? std::optional(std::string(*line)) : std::nullopt;
}

std::string Channel::hear() {
  for (;;) {
    if (auto line = next()) return *std::move(line);
    receive();
  }
}

void Channel::receive() {
  std::array<char, 65536> buffer;
  iovec content{buffer.data(), buffer.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptor_)];
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t n = ::recvmsg(fd_, &message, 0);
  if (n <= 0) ::_exit(92);
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message); header && header->cmsg_type == SCM_RIGHTS) {
    std::memcpy(&descriptor_, CMSG_DATA(header), sizeof descriptor_);
  }
  lines_.append({buffer.data(), static_cast<std::size_t>(n)});
}

void Channel::hang_up() { ::close(fd_); }

Fake::Fake(std::string called, const std::vector<std::string>& arguments)
    : path(std::move(called)),
      qmp(needed_number_after(arguments, "socket,id=qmp,fd=")),
      agent(needed_number_after(arguments, "socket,id=agent,fd=")),
      console(needed_number_after(arguments, "socket,id=console,fd=")),
      restored(has(arguments, "-incoming")),
      tells_migrations(has(arguments, "migration.x-events=on")),
      memory(number_after(arguments, "mem-path=/proc/self/fd/", -1)),
      overlay(overlay_of(arguments)) {
  if (restored) return;
  needed_number_after(arguments, "/proc/self/fd/");  // a kernel
  if (!has(arguments, "-S")) ::_exit(87);
}

void Fake::answer(std::string_view content) {
  qmp.say("{\"id\":" + std::to_string(command.id) + "," + std::string(content) + "}\n");
}

void Fake::failed(std::string_view why) {
  answer(R"("error":{"class":"GenericError","desc":")" + std::string(why) + "\"}");
}

void Fake::event(std::string_view name, std::string_view data) {
  qmp.say("{\"event\":\"" + std::string(name) + "\",\"data\":" + std::string(data) + "}\n");
}

void Fake::migration(std::string_view status) {
  event("MIGRATION", "{\"status\":\"" + std::string(status) + "\"}");
}

Request Fake::request() {
  auto decoded = decode_request(agent.hear());
  if (!decoded) ::_exit(93);
  id = decoded->id;
  return *std::move(decoded);
}

int Fake::tell() const {
  const int fd = ::open((path + ".told").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  [[maybe_unused]] const ssize_t n = ::write(fd, "x", 1);
  return fd;
}

void Fake::fall_silent() const {
  tell();
  for (;;) ::pause();
}

void Fake::die(int signal) {
  ::signal(signal, SIG_DFL);
  ::raise(signal);
  std::abort();
}

void Fake::write_snapshot() {
  const std::string& token = identity.new_token;
  if (token.size() != kTokenDigits || running || memory < 0 || qmp.descriptor() < 0) ::_exit(98);
  const bool whole = ::pwrite(memory, token.data(), token.size(), 0) == kTokenDigits &&
                     ::pwrite(memory, token.data(), token.size(), middle_of(memory)) == kTokenDigits &&
                     ::write(qmp.descriptor(), token.data(), token.size()) == kTokenDigits;
  if (!whole) ::_exit(98);
}

void Fake::read_snapshot() {
  const int state = number_after({command.uri}, "fd:", -1);
  char token[kTokenDigits], low[kTokenDigits], high[kTokenDigits];
  const bool whole = ::read(state, token, sizeof token) == kTokenDigits &&
                     ::pread(memory, low, sizeof low, 0) == kTokenDigits &&
                     ::pread(memory, high, sizeof high, middle_of(memory)) == kTokenDigits;
  const bool same = std::memcmp(token, low, sizeof low) == 0 && std::memcmp(token, high, sizeof high) == 0;
  if (!whole || !same) ::_exit(97);
  identity.new_token.assign(token, sizeof token);
}

namespace {

class Machine {
 public:
  Machine(std::string path, const std::vector<std::string>& arguments, std::string_view trick)
      : fake_(std::move(path), arguments), trick_(trick) {}

  // A stopped guest hears nothing.
  [[noreturn]] void run() {
    at(Point::greeting, [](Fake& f) { f.qmp.say("{\"QMP\":{\"version\":{},\"capabilities\":[]}}\r\n"); });
    for (;;) {
      while (const auto line = fake_.qmp.next()) obey(*line);
      if (const auto line = fake_.running ? fake_.agent.next() : std::nullopt) {
        serve(*line);
      } else {
        wait();
      }
    }
  }

 private:
  void at(Point point, void (*otherwise)(Fake&)) {
    if (!play(fake_, trick_, point)) otherwise(fake_);
  }

  void wait() {
    pollfd both[] = {{fake_.qmp.fd(), POLLIN, 0}, {fake_.running ? fake_.agent.fd() : -1, POLLIN, 0}};
    ::poll(both, 2, -1);
    if (both[0].revents) fake_.qmp.receive();
    if (both[1].revents) fake_.agent.receive();
  }

  // ---- QMP ----

  void obey(const std::string& line) {
    const auto document = parse_json(line);
    if (!document || !document->HasMember("id")) ::_exit(89);
    fake_.command = {std::string(string_member(*document, "execute")), (*document)["id"].GetInt64(), ""};
    if (document->HasMember("arguments")) fake_.command.uri = string_member((*document)["arguments"], "uri");
    const std::string& name = fake_.command.name;
    if (name == "qmp_capabilities") return at(Point::capabilities, [](Fake& f) { f.done(); });
    if (name == "cont") return start();
    if (name == "getfd") return at(Point::pass, [](Fake& f) { f.done(); });
    if (name == "migrate-set-capabilities") return set_capabilities(line);
    if (name == "migrate-incoming" && can_migrate_) return load_and_run();
    if (name == "migrate" && can_migrate_) return at(Point::save, save);
    ::_exit(88);
  }

  void start() {
    fake_.running = true;
    at(Point::cont, [](Fake& f) {
      f.done();
      f.event("RESUME", "{}");
    });
    fake_.console.say("booting\n");
    at(Point::ready, [](Fake& f) { f.agent.say(encode(Reply{{}, ReadyReply{"fake"}})); });
  }

  void set_capabilities(const std::string& line) {
    can_migrate_ = fake_.tells_migrations && line.find(R"("x-ignore-shared","state":true)") != std::string::npos;
    fake_.done();
  }

  static void load(Fake& f) {
    f.done();
    f.migration("active");
    f.read_snapshot();
    f.migration("completed");
  }

  // A guest that ran when it was saved runs on.
  void load_and_run() {
    at(Point::load, load);
    fake_.running = true;
    fake_.event("RESUME", "{}");
    at(Point::restored, [](Fake&) {});
  }

  static void save(Fake& f) {
    f.done();
    f.migration("setup");
    f.running = false;
    f.event("STOP", "{}");
    f.write_snapshot();
    f.migration("completed");
  }

  // ---- the agent ----

  void serve(const std::string& line) {
    const auto request = decode_request(line);
    if (!request) ::_exit(93);
    fake_.id = request->id;
    if (request->token != fake_.identity.new_token) return fake_.refuse(Refusal::token, "wrong token");
    if (const auto* resume = std::get_if<ResumeRequest>(&request->body)) {
      fake_.identity = *resume;
      at(Point::resume, [](Fake& f) { f.reply(AckReply{}); });
    } else if (const auto* put = std::get_if<PutRequest>(&request->body)) {
      std::string& file = fake_.files[put->path];
      file.resize(static_cast<std::size_t>(put->offset));
      file += put->data;
      at(Point::put, [](Fake& f) { f.reply(AckReply{}); });
    } else if (const auto* get = std::get_if<GetRequest>(&request->body)) {
      at_get(*get);
    } else if (const auto* exec = std::get_if<ExecRequest>(&request->body)) {
      // Warm-up and exercise run as somebody else.
      if (!play(fake_, trick_, exec->user ? Point::exercise : Point::exec)) run_program(fake_, *exec);
    } else if (std::holds_alternative<ActionRequest>(request->body)) {
      fake_.reply(ActionReply{});
    } else {
      fake_.refuse(Refusal::busy, "no program is running");
    }
  }

  void at_get(const GetRequest& get) {
    if (play(fake_, trick_, Point::get)) return;
    const auto file = fake_.files.find(get.path);
    if (file == fake_.files.end()) return fake_.refuse(Refusal::not_found, get.path + ": no such file");
    const auto offset = static_cast<std::size_t>(get.offset);
    const std::string part = file->second.substr(offset, static_cast<std::size_t>(get.max_bytes));
    fake_.reply(DataReply{part, offset + part.size() == file->second.size()});
  }

  Fake fake_;
  std::string_view trick_;
  bool can_migrate_ = false;
};

// Every descriptor that the command line names must be open here.
void check_descriptors(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument.find("fdset") != std::string::npos) continue;
    for (const std::string_view mark : {"fd=", "/proc/self/fd/"}) {
      const std::size_t at = argument.find(mark);
      struct stat status {};
      if (at == std::string::npos) continue;
      if (::fstat(std::atoi(argument.c_str() + at + mark.size()), &status) < 0) ::_exit(96);
    }
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
  mayfly::test::Machine(argv[0], arguments, mayfly::test::trick_of(argv[0])).run();
}
