// SPDX-License-Identifier: Apache-2.0
//
// Stands in for QEMU in bench/supervisor, so that what is left to measure is mayfly. Takes QEMU's command line, finds
// its channels there, answers every QMP command and every request of the host to the agent at once, and does nothing
// else: no guest, no memory, no disk. Static and without allocations, so that to start it costs as little as to start
// a process can. tests/unit/fake_qemu.cc is the one that checks the protocol, and misbehaves.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr std::size_t kLongestLine = 1 << 20;
constexpr const char* kCompleted = "{\"event\":\"MIGRATION\",\"data\":{\"status\":\"completed\"}}\n";

// The number behind `mark` in `text`; -1 if it is not there.
long number_behind(const char* text, const char* mark) {
  const char* found = std::strstr(text, mark);
  return found ? std::atol(found + std::strlen(mark)) : -1;
}

bool has(const char* text, const char* part) { return std::strstr(text, part) != nullptr; }

int passed_fd = -1;  // the last that came through a channel (QMP's getfd)

// read(2), for bytes that a descriptor may come with.
ssize_t receive(int fd, char* bytes, std::size_t size) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec where{bytes, size};
  msghdr message{};
  message.msg_iov = &where;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t n = ::recvmsg(fd, &message, 0);
  const cmsghdr* header = n > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header && header->cmsg_type == SCM_RIGHTS) std::memcpy(&passed_fd, CMSG_DATA(header), sizeof passed_fd);
  return n;
}

struct Channel {
  int fd = -1;
  std::size_t filled = 0;
  char* buffer = nullptr;

  void say(const char* text) const {
    const std::size_t size = std::strlen(text);
    if (::write(fd, text, size) != static_cast<ssize_t>(size)) ::_exit(91);
  }

  // Reads what is there and hands on each whole line. The other side's end is ours.
  template <class Handler>
  void hear(Handler handle) {
    const ssize_t n = receive(fd, buffer + filled, kLongestLine - filled);
    if (n <= 0) ::_exit(0);
    filled += static_cast<std::size_t>(n);
    char* line = buffer;
    while (char* end = static_cast<char*>(std::memchr(line, '\n', static_cast<std::size_t>(buffer + filled - line)))) {
      *end = '\0';
      handle(line);
      line = end + 1;
    }
    filled -= static_cast<std::size_t>(line - buffer);
    std::memmove(buffer, line, filled);
  }
};

char qmp_buffer[kLongestLine];
char agent_buffer[kLongestLine];
Channel qmp{-1, 0, qmp_buffer};
Channel agent{-1, 0, agent_buffer};
bool restored = false;  // else the guest "boots" at cont

// A template's state must not be empty.
void write_state() {
  constexpr char kState[] = "the state of no machine\n";
  if (::write(passed_fd, kState, sizeof kState) < 0) ::_exit(92);
}

void take_command(const char* line) {
  char answer[64];
  std::snprintf(answer, sizeof answer, "{\"return\":{},\"id\":%ld}\n", number_behind(line, "\"id\":"));
  qmp.say(answer);
  if (has(line, "\"cont\"") && !restored) agent.say("{\"status\":\"ready\",\"agent\":\"fake\"}\n");
  if (has(line, "\"migrate\"")) write_state();
  if (has(line, "\"migrate\"") || has(line, "\"migrate-incoming\"")) qmp.say(kCompleted);
  if (has(line, "\"quit\"")) ::_exit(0);
}

const char* answer_to(const char* line) {
  if (has(line, "\"cmd\":\"exec\"")) {
    return "\"status\":\"exit\",\"code\":0,\"usage\":"
           "{\"cpu_ms\":1,\"user_ms\":1,\"system_ms\":0,\"mem_kb\":1,\"io_kb\":0,\"wall_ms\":1}";
  }
  if (has(line, "\"cmd\":\"get\"")) return "\"status\":\"data\",\"data\":\"\",\"eof\":true";
  return "\"status\":\"ack\"";
}

void take_request(const char* line) {
  char answer[256];
  std::snprintf(answer, sizeof answer, "{\"id\":%ld,%s}\n", number_behind(line, "\"id\":"), answer_to(line));
  agent.say(answer);
}

void read_command_line(char** arguments) {
  for (; *arguments; ++arguments) {
    const auto channel = [argument = *arguments](Channel& which, const char* mark) {
      if (has(argument, mark)) which.fd = static_cast<int>(number_behind(argument, mark));
    };
    channel(qmp, "socket,id=qmp,fd=");
    channel(agent, "socket,id=agent,fd=");
    if (std::strcmp(*arguments, "-incoming") == 0) restored = true;
  }
}

}  // namespace

int main(int, char** arguments) {
  read_command_line(arguments);
  if (qmp.fd < 0 || agent.fd < 0) return 90;
  qmp.say("{\"QMP\":{\"version\":{},\"capabilities\":[]}}\n");
  pollfd channels[] = {{qmp.fd, POLLIN, 0}, {agent.fd, POLLIN, 0}};
  while (::poll(channels, 2, -1) >= 0) {
    if (channels[0].revents) qmp.hear(take_command);
    if (channels[1].revents) agent.hear(take_request);
  }
  return 93;
}
