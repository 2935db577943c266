// SPDX-License-Identifier: Apache-2.0
#include "ring/stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "helpers.h"

namespace mayfly::test {
namespace {

constexpr std::size_t kLarge = 1 << 20;  // more than any socket or pipe holds

std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 + i / 251);
  return out;
}

TEST_CASE("an echo through a socket pair brings every byte back in order") {
  auto ring = open_ring();
  auto [near_end, far_end] = sockets();
  const std::string sent = pattern(kLarge);
  std::string received;
  std::optional<Stream> echo;
  echo.emplace(*ring, std::move(far_end), Stream::Handlers{.on_bytes = [&](std::string_view bytes) {
                 echo->write(std::string(bytes));
               }});
  echo->resume();
  Stream stream(*ring, std::move(near_end), {.on_bytes = [&](std::string_view bytes) {
                  received += bytes;
                  if (received.size() >= sent.size()) ring->stop();
                }});
  stream.resume();
  stream.write(sent);
  REQUIRE(ring->run());
  CHECK((received == sent));
}

TEST_CASE("a pipe is read to its end, and on_end comes once") {
  auto ring = open_ring();
  auto [reader, writer] = pipe_ends();
  write_bytes_to(writer.get(), "last words");
  writer.reset();
  std::string received;
  int ends = 0;
  Stream stream(*ring, std::move(reader),
                {.on_bytes = [&](std::string_view bytes) { received += bytes; },
                 .on_end = [&](int error) {
                   CHECK(error == 0);
                   ++ends;
                   ring->stop();
                 }});
  stream.resume();
  REQUIRE(ring->run());
  stream.resume();  // after the end, nothing
  ring->defer([&] { ring->stop(); });
  REQUIRE(ring->run());
  CHECK(received == "last words");
  CHECK(ends == 1);
}

TEST_CASE("a regular file is read from its position to its end") {
  auto ring = open_ring();
  const TempDirectory directory;
  Fd file(::open(directory.write("f", pattern(200'000)).c_str(), O_RDONLY | O_CLOEXEC));
  std::string received;
  Stream stream(*ring, std::move(file),
                {.on_bytes = [&](std::string_view bytes) { received += bytes; },
                 .on_end = [&](int) { ring->stop(); }});
  stream.resume();
  REQUIRE(ring->run());
  CHECK((received == pattern(200'000)));
}

TEST_CASE("a failed read is an end with its errno") {
  auto ring = open_ring();
  auto [reader, writer] = pipe_ends();
  int error = 0;
  Stream stream(*ring, std::move(writer), {.on_end = [&](int e) {
                  error = e;
                  ring->stop();
                }});
  stream.resume();
  REQUIRE(ring->run());
  CHECK(error == EBADF);
}

TEST_CASE("nothing is delivered while paused, and nothing is lost") {
  auto ring = open_ring();
  auto [near_end, far_end] = sockets();
  std::string received;
  Stream stream(*ring, std::move(near_end), {.on_bytes = [&](std::string_view bytes) {
                  received += bytes;
                  ring->stop();
                }});
  stream.resume();
  stream.pause();  // while its read is in flight
  write_bytes_to(far_end.get(), "abc");
  // The echo of this second pair comes after the first read has completed.
  auto [a, b] = sockets();
  Stream other(*ring, std::move(a), {.on_bytes = [&](std::string_view) { ring->stop(); }});
  other.resume();
  write_bytes_to(b.get(), "x");
  REQUIRE(ring->run());
  CHECK(received.empty());
  stream.resume();
  REQUIRE(ring->run());
  CHECK(received == "abc");
}

TEST_CASE("pausing inside the handler stops further reads") {
  auto ring = open_ring();
  auto [near_end, far_end] = sockets();
  int calls = 0;
  std::optional<Stream> stream;
  stream.emplace(*ring, std::move(near_end), Stream::Handlers{.on_bytes = [&](std::string_view) {
                   ++calls;
                   stream->pause();
                   ring->stop();
                 }});
  stream->resume();
  write_bytes_to(far_end.get(), "first");
  REQUIRE(ring->run());
  write_bytes_to(far_end.get(), "second");
  ring->defer([&] { ring->defer([&] { ring->stop(); }); });
  REQUIRE(ring->run());
  CHECK(calls == 1);
  stream->resume();
  REQUIRE(ring->run());
  CHECK(calls == 2);
}

TEST_CASE("pausing and resuming inside the handler does not recurse") {
  auto ring = open_ring();
  auto ends = sockets();
  int depth = 0;
  int calls = 0;
  std::optional<Stream> stream;
  stream.emplace(*ring, std::move(ends.first), Stream::Handlers{.on_bytes = [&](std::string_view) {
                   ++depth;
                   CHECK(depth == 1);
                   stream->pause();
                   stream->resume();
                   --depth;
                   if (++calls == 2) return ring->stop();
                   write_bytes_to(ends.second.get(), "again");
                 }});
  stream->resume();
  write_bytes_to(ends.second.get(), "once");
  REQUIRE(ring->run());
  CHECK(calls == 2);
}

TEST_CASE("what the peer does not take stays queued, and on_drained tells when it is gone") {
  auto ring = open_ring();
  auto [near_end, far_end] = sockets();
  bool drained = false;
  Stream stream(*ring, std::move(near_end), {.on_drained = [&] {
                  drained = true;
                  ring->stop();
                }});
  stream.write(std::string(kLarge, 'a'));
  stream.write("b");
  stream.write("");
  CHECK(stream.queued() == kLarge + 1);
  ring->defer([&] { ring->defer([&] { ring->stop(); }); });
  REQUIRE(ring->run());
  CHECK_FALSE(drained);
  CHECK(stream.queued() > 0);
  std::string received;
  Stream peer(*ring, std::move(far_end), {.on_bytes = [&](std::string_view bytes) { received += bytes; }});
  peer.resume();
  REQUIRE(ring->run());
  CHECK(drained);
  CHECK(stream.queued() == 0);
}

TEST_CASE("writing to a closed peer is an error once, and later writes are dropped") {
  auto ring = open_ring();
  auto [reader, writer] = pipe_ends();
  reader.reset();
  int errors = 0;
  Stream stream(*ring, std::move(writer), {.on_write_error = [&](int error) {
                  CHECK(error == EPIPE);
                  ++errors;
                  ring->stop();
                }});
  stream.write("lost");
  stream.write("lost too");
  REQUIRE(ring->run());
  stream.write("ignored");
  CHECK(stream.queued() == 0);
  ring->defer([&] { ring->stop(); });
  REQUIRE(ring->run());
  CHECK(errors == 1);
}

TEST_CASE("a write error without a handler is ignored") {
  auto ring = open_ring();
  auto [near_end, far_end] = sockets();
  far_end.reset();
  Stream stream(*ring, std::move(near_end), {.on_end = [&](int) { ring->stop(); }});
  stream.write("lost");
  stream.resume();
  REQUIRE(ring->run());
  CHECK(stream.queued() == 0);
}

TEST_CASE("a stream may be destroyed in each of its handlers") {
  auto ring = open_ring();
  auto [near_end, far_end] = sockets();
  std::unique_ptr<Stream> stream;
  const auto destroy = [&] {
    stream.reset();
    ring->stop();
  };
  SUBCASE("on_bytes, with a write in flight") {
    stream = std::make_unique<Stream>(*ring, std::move(near_end),
                                      Stream::Handlers{.on_bytes = [&](std::string_view bytes) {
                                        destroy();
                                        CHECK(bytes == "x");  // the buffer outlives the stream
                                      }});
    stream->write(std::string(kLarge, 'w'));
    write_bytes_to(far_end.get(), "x");
  }
  SUBCASE("on_end") {
    stream = std::make_unique<Stream>(*ring, std::move(near_end),
                                      Stream::Handlers{.on_end = [&](int) { destroy(); }});
    far_end.reset();
  }
  SUBCASE("on_drained, with a read in flight") {
    stream = std::make_unique<Stream>(*ring, std::move(near_end), Stream::Handlers{.on_drained = destroy});
    stream->write("x");
  }
  SUBCASE("on_write_error") {
    stream = std::make_unique<Stream>(
        *ring, std::move(near_end),
        Stream::Handlers{.on_end = [](int) {}, .on_write_error = [&](int) { destroy(); }});
    far_end.reset();
    stream->write("x");
  }
  stream->resume();
  REQUIRE(ring->run());
  CHECK(stream == nullptr);
}

TEST_CASE("a destroyed stream calls nobody and closes its descriptor") {
  auto ring = open_ring();
  auto [near_end, far_end] = sockets();
  bool called = false;
  auto stream = std::make_unique<Stream>(*ring, std::move(near_end),
                                         Stream::Handlers{.on_bytes = [&](std::string_view) { called = true; },
                                                          .on_end = [&](int) { called = true; }});
  stream->resume();
  stream.reset();
  std::string got;
  Stream peer(*ring, std::move(far_end), {.on_end = [&](int) { ring->stop(); }});
  peer.resume();
  REQUIRE(ring->run());  // ends only when the last copy of the descriptor is closed
  CHECK_FALSE(called);
}

TEST_CASE("descriptors in non-blocking mode are waited for") {
  auto ring = open_ring();
  auto [near_end, far_end] = sockets();
  for (const int fd : {near_end.get(), far_end.get()}) {
    REQUIRE(::fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
  }
  std::string received;
  Stream reader(*ring, std::move(near_end), {.on_bytes = [&](std::string_view bytes) {
                  received += bytes;
                  if (received.size() == kLarge) ring->stop();
                }});
  reader.resume();
  Stream writer(*ring, std::move(far_end), {});
  Timer later(*ring, [&] { writer.write(pattern(kLarge)); });
  later.start(kMillisecond);
  REQUIRE(ring->run());
  CHECK((received == pattern(kLarge)));
}

}  // namespace
}  // namespace mayfly::test
