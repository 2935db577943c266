// SPDX-License-Identifier: Apache-2.0
#include "opening.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace hostile {

int opening_flags(const Attempt& attempt) {
  const std::string& mode = attempt.text("mode");
  if (mode == "write") return O_WRONLY;
  if (mode == "both") return O_RDWR;
  if (mode == "truncate") return O_RDONLY | O_TRUNC;
  if (mode == "create") return O_WRONLY | O_CREAT | O_EXCL;
  return O_RDONLY;
}

Outcome write_text(const Attempt& attempt, int fd) {
  const std::string& text = attempt.text("text");
  return judge("pwrite", ::pwrite(fd, text.data(), text.size(), 0));
}

Outcome find_needle(const Attempt& attempt, std::string_view text) {
  const bool found = text.find(attempt.text("needle")) != text.npos;
  return found ? success("found what should not be known") : denial("what was looked for is not there");
}

namespace {

Outcome search(const Attempt& attempt, int fd) {
  std::array<char, 64 * 1024> content;
  const ssize_t size = ::read(fd, content.data(), content.size());
  if (size < 0) return judge("read", size);
  return find_needle(attempt, {content.data(), static_cast<std::size_t>(size)});
}

}  // namespace

Outcome use_opened(const Attempt& attempt, std::string_view call, long fd) {
  if (fd >= 0 && attempt.has("text")) return write_text(attempt, static_cast<int>(fd));
  if (fd >= 0 && attempt.has("needle")) return search(attempt, static_cast<int>(fd));
  return judge(call, fd);
}

}  // namespace hostile
