// SPDX-License-Identifier: Apache-2.0
#include "batch/result_writer.h"

#include <cerrno>

#include "helpers.h"

namespace mayfly::test {
namespace {

// Four times this is what may wait.
const std::string kMebibyte(1 << 20, 'x');

// A writer into a pipe that is read when all is written.
struct Writing {
  explicit Writing(bool keep_order) {
    auto [from, to] = pipe_ends();
    reader = std::move(from);
    writer = std::make_unique<ResultWriter>(*ring, std::move(to), keep_order,
                                            ResultWriter::Handlers{.on_room = [this] { drained(); },
                                                                   .on_closed = [this](int code) {
                                                                     error = code;
                                                                     ring->stop();
                                                                   }});
  }

  void drained() {
    if (writer->empty()) ring->stop();
  }

  // What was written, when all of it is.
  std::string all() {
    if (!writer->empty()) REQUIRE(ring->run());
    writer.reset();
    ring.reset();  // which has kept the pipe open
    return read_to_end(reader.get());
  }

  std::unique_ptr<Ring> ring = open_ring();
  Fd reader;
  int error = 0;
  std::unique_ptr<ResultWriter> writer;
};

TEST_CASE("results are written as they come") {
  Writing it(false);
  for (int i = 0; i < 3; ++i) CHECK(it.writer->take_ticket() == i);
  for (const int ticket : {2, 0, 1}) it.writer->write(ticket, std::to_string(ticket) + "\n");
  CHECK(it.all() == "2\n0\n1\n");
}

TEST_CASE("results are written in the order of their tasks where that is asked for") {
  Writing it(true);
  for (int i = 0; i < 4; ++i) it.writer->take_ticket();
  it.writer->write(2, "2\n");
  it.writer->write(1, "1\n");
  CHECK_FALSE(it.writer->empty());
  it.writer->announce("hello\n");
  it.writer->write(0, "0\n");
  it.writer->write(3, "3\n");
  CHECK(it.all() == "hello\n0\n1\n2\n3\n");
}

TEST_CASE("what waits for a task that will not end is written in its order all the same") {
  Writing it(true);
  it.writer->write(3, "3\n");
  it.writer->write(1, "1\n");
  it.writer->flush_waiting();
  CHECK(it.all() == "1\n3\n");
}

TEST_CASE("a writer is full while its reader, or an earlier task, is behind") {
  Writing it(true);
  for (int ticket = 1; ticket <= 4; ++ticket) it.writer->write(ticket, kMebibyte);
  CHECK_FALSE(it.writer->full());
  it.writer->write(5, "y");
  CHECK(it.writer->full());
  it.writer->write(0, "");
  CHECK(it.writer->full());  // it waits for the pipe's reader now
}

TEST_CASE("that nobody reads any more is told") {
  Writing it(false);
  it.reader.reset();
  it.writer->write(0, "lost\n");
  REQUIRE(it.ring->run());
  CHECK(it.error == EPIPE);
}

}  // namespace
}  // namespace mayfly::test
