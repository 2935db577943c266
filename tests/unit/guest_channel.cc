// SPDX-License-Identifier: Apache-2.0
#include "guest/channel.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "guest/input_pipe.h"
#include "guest/output_pipe.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

using namespace guest;

void never_block(const Fd& fd) { ::fcntl(fd.get(), F_SETFL, O_NONBLOCK); }

// What can be read now.
std::string take(const Fd& fd) {
  std::string all;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = ::read(fd.get(), buffer, sizeof buffer)) > 0) {
    all.append(buffer, static_cast<std::size_t>(got));
  }
  return all;
}

// A channel with its user on one end of a socket pair, and the host's end.
struct Line final : ChannelUser {
  Line() {
    auto ends = sockets();
    host = std::move(ends.second);
    never_block(ends.first);
    never_block(host);
    channel.emplace(std::move(ends.first), *this);
  }

  void on_line(std::string_view line) override { lines.emplace_back(line); }
  void on_long_line() override { lines.emplace_back("<too long>"); }
  void on_room() override { ++rooms; }
  void on_hangup() override { ++hangups; }

  void host_says(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(host.get(), bytes.data(), bytes.size());
      if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
      channel->ready(EPOLLIN | EPOLLOUT);
    }
  }

  // All replies, until the channel has nothing more.
  std::vector<Reply> host_hears() {
    std::string bytes;
    for (std::string more = take(host); !more.empty(); more = take(host)) {
      bytes += more;
      channel->ready(EPOLLOUT);
    }
    std::vector<Reply> replies;
    LineSplitter splitter(kMaxChannelLine);
    splitter.append(bytes);
    while (const auto line = splitter.next()) replies.push_back(*decode_reply(*line));
    return replies;
  }

  Fd host;
  std::optional<Channel> channel;
  std::vector<std::string> lines;
  int rooms = 0;
  int hangups = 0;
};

std::string streamed(const std::vector<Reply>& replies) {
  std::string all;
  for (const Reply& reply : replies) all += std::get<StreamReply>(reply.body).data;
  return all;
}

TEST_CASE("lines come in however they were cut, and replies go out") {
  Line line;
  line.host_says("one\ntw");
  line.host_says("o\n");
  CHECK(line.lines == std::vector<std::string>{"one", "two"});
  line.channel->send({7, AckReply{}});
  const auto replies = line.host_hears();
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].id == 7);
}

TEST_CASE("the channel stays in step after a line that is too long") {
  Line line;
  line.host_says(std::string(3 * kMaxChannelLine, 'x') + "\nnext\n");
  CHECK(line.lines == std::vector<std::string>{"<too long>", "next"});
  line.host_says("and on\n");
  CHECK(line.lines.back() == "and on");
}

TEST_CASE("requests wait while the host does not take its replies") {
  Line line;
  const Reply large{1, DataReply{std::string(kMaxChunk, 'x'), false}};
  for (int i = 0; i < 20; ++i) line.channel->send(large);
  CHECK_FALSE(line.channel->has_room());
  line.host_says("ping\n");
  CHECK(line.lines.empty());
  CHECK(line.host_hears().size() == 20);
  CHECK(line.lines == std::vector<std::string>{"ping"});
  CHECK(line.rooms > 0);
}

TEST_CASE("a hang-up counts once the host was there") {
  Line line;
  line.channel->ready(EPOLLHUP | EPOLLOUT);
  CHECK(line.hangups == 0);
  line.channel->send({{}, ReadyReply{"1"}});
  line.channel->ready(EPOLLHUP | EPOLLOUT);
  CHECK(line.hangups == 1);
}

struct Pipes {
  Loop loop = *Loop::open();
  Line line;
  OutputPipe output{loop, *line.channel, false};
  InputPipe input{loop, *line.channel};
};

TEST_CASE("output is streamed byte by byte as it was written") {
  Pipes p;
  const auto program = p.output.open(5);
  REQUIRE(program.ok());
  const std::string bytes("a\0\xff\n", 4);
  write_bytes_to(program->get(), bytes);
  p.output.ready(EPOLLIN);
  const auto replies = p.line.host_hears();
  CHECK(streamed(replies) == bytes);
  CHECK(replies.at(0).id == 5);
}

TEST_CASE("a program waits for a slow host, and nothing is lost") {
  Pipes p;
  auto program = p.output.open(1);
  REQUIRE(program.ok());
  never_block(*program);
  std::string sent;
  for (int i = 0; i < 100; ++i) {
    const std::string chunk(60000, static_cast<char>('a' + i % 26));
    const ssize_t put = ::write(program->get(), chunk.data(), chunk.size());
    if (put > 0) sent += chunk.substr(0, static_cast<std::size_t>(put));
    p.output.ready(EPOLLIN);
  }
  CHECK_FALSE(p.line.channel->has_room());
  CHECK(sent.size() < 3 * kStreamBacklog);
  std::string got = streamed(p.line.host_hears());
  p.output.on_room();
  p.output.finish();
  got += streamed(p.line.host_hears());
  CHECK(got == sent);
}

// Counts how often it is told.
struct Listener final : Watcher {
  void ready(std::uint32_t) override { ++times; }
  int times = 0;
};

TEST_CASE("an output up to its limit is sent whole; of one byte more the limit is sent, once") {
  for (const std::size_t written : {4999, 5000, 5001, 60'000}) {
    CAPTURE(written);
    Pipes p;
    Listener listener;
    auto program = p.output.open(1, 5000, &listener);
    REQUIRE(program.ok());
    write_bytes_to(program->get(), std::string(written, 'x'));
    p.output.finish();
    CHECK(streamed(p.line.host_hears()).size() == std::min<std::size_t>(written, 5000));
    CHECK(listener.times == (written > 5000 ? 1 : 0));
    CHECK(p.output.exceeded() == (written > 5000));
    CHECK_FALSE(p.output.is_open());
  }
}

TEST_CASE("a program that writes on beyond the limit finds its pipe closed; the next one has its own limit") {
  Pipes p;
  Listener listener;
  auto program = p.output.open(1, 10, &listener);
  REQUIRE(program.ok());
  for (int i = 0; i < 3; ++i) {
    write_bytes_to(program->get(), "12345");
    p.output.ready(EPOLLIN);
    CHECK(p.output.exceeded() == (i == 2));
  }
  CHECK(streamed(p.line.host_hears()) == "1234512345");
  program = p.output.open(2);
  REQUIRE(program.ok());
  CHECK_FALSE(p.output.exceeded());
  write_bytes_to(program->get(), "a longer text");
  p.output.finish();
  CHECK(streamed(p.line.host_hears()) == "a longer text");
}

TEST_CASE("a straggler that holds the pipe does not hold the answer") {
  Pipes p;
  auto straggler = p.output.open(1);
  REQUIRE(straggler.ok());
  write_bytes_to(straggler->get(), "last words");
  p.output.finish();
  CHECK_FALSE(p.output.is_open());
  CHECK(streamed(p.line.host_hears()) == "last words");
}

TEST_CASE("stdin is acknowledged when the program can take it, one chunk at a time") {
  Pipes p;
  const auto program = p.input.open(true);
  REQUIRE(program.ok());
  never_block(*program);
  const std::string large(100'000, 'x');
  CHECK_FALSE(p.input.give(1, {large, false}));
  CHECK(p.input.give(2, {"more", false})->reason == Refusal::busy);
  CHECK(p.line.host_hears().empty());
  std::string taken = take(*program);
  p.input.ready(EPOLLOUT);
  taken += take(*program);
  CHECK(taken == large);
  CHECK(p.line.host_hears().size() == 1);
  CHECK_FALSE(p.input.give(3, {"end", true}));
  CHECK(read_to_end(program->get()) == "end");
  CHECK(p.input.give(4, {"late", false})->reason == Refusal::invalid);
}

TEST_CASE("stdin that nobody will read is dropped and acknowledged") {
  Pipes p;
  {
    const auto program = p.input.open(true);
    CHECK_FALSE(p.input.give(1, {std::string(100'000, 'x'), false}));
  }
  p.input.ready(EPOLLERR);
  CHECK(p.line.host_hears().size() == 1);
  CHECK_FALSE(p.input.give(2, {"more", false}));
  CHECK(p.line.host_hears().size() == 1);
}

TEST_CASE("a closed stdin is at its end at once") {
  Pipes p;
  const auto program = p.input.open(false);
  CHECK(read_to_end(program->get()).empty());
  CHECK(p.input.give(1, {"x", false})->reason == Refusal::invalid);
}

}  // namespace
}  // namespace mayfly::test
