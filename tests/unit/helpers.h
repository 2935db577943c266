// SPDX-License-Identifier: Apache-2.0
#pragma once

// The header's place differs between distributions and Meson's own fallback.
#if __has_include(<doctest/doctest.h>)
#include <doctest/doctest.h>
#else
#include <doctest.h>
#endif

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "base/result.h"
#include "ring/ring.h"

namespace mayfly::test {

// A fresh directory, removed with all that is in it.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file below it, with the directories on the way; returns its path.
  std::string write(const std::string& name, std::string_view content) const;

 private:
  std::string path_;
};

std::unique_ptr<Ring> open_ring();

// Pairs of connected descriptors; the test fails where there are none.
std::pair<Fd, Fd> sockets();
std::pair<Fd, Fd> pipe_ends();

// Everything up to the end of file; blocks until the last writer is gone.
std::string read_to_end(int fd);
void write_bytes_to(int fd, std::string_view bytes);

// What came on a socket, and the descriptor that came with it (empty if there was none).
std::pair<std::string, Fd> receive_descriptor(int socket);

// True when this process has no child at all, not even a zombie.
bool has_no_children();

// Runs `work` in a process of its own, and gives its exit status: 0 where all of it was true.
int status_of_fork(const std::function<bool()>& work);

// The error's message; the test fails if there is none.
template <class T>
std::string message_of(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().message();
}

// An input that must be refused, and part of what is said then.
struct Malformed {
  std::string_view json;
  std::string_view said;
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace mayfly::test
