// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <memory>

#include "base/fd.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return Error("odd");
  return n / 2;
}

TEST_CASE("a Result holds a value or an error") {
  CHECK(half(4).ok());
  CHECK(*half(4) == 2);
  CHECK_FALSE(half(3).ok());
  CHECK(half(3).error().message() == "odd");
  CHECK(half(3).error().code() == 0);
}

TEST_CASE("a Result of a move-only value gives it away") {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> value = *std::move(result);
  CHECK(*value == 7);
}

TEST_CASE("Result<void> is success unless it was given an error") {
  CHECK(Result<void>().ok());
  CHECK_FALSE(Result<void>(Error("no")).ok());
}

TEST_CASE("an Error keeps errno, context from outside in, and a hint") {
  const Error error = Error::system("open x", ENOENT).context("kernel").context("launch").hint("try y");
  CHECK(error.code() == ENOENT);
  CHECK(error.message() == "launch: kernel: open x: No such file or directory");
  CHECK(error.hint() == "try y");
}

TEST_CASE("an Fd closes what it holds, once, and can give it away") {
  auto [reader, writer] = pipe_ends();
  Fd moved(std::move(writer));
  CHECK_FALSE(static_cast<bool>(writer));
  Fd other;
  other = std::move(moved);
  CHECK(other);
  const int raw = other.release();
  CHECK_FALSE(static_cast<bool>(other));
  other.reset(raw);
  other.reset();
  CHECK(read_to_end(reader.get()).empty());  // end of file: the write end is closed
}

TEST_CASE("assigning an Fd closes the one it held before") {
  auto [reader, writer] = pipe_ends();
  auto [other_reader, other_writer] = pipe_ends();
  writer = std::move(other_writer);
  CHECK(read_to_end(reader.get()).empty());
}

}  // namespace
}  // namespace mayfly::test
