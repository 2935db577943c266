// SPDX-License-Identifier: Apache-2.0
#include "task_files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/encoding.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxSourceFile = 64 << 20;

std::uint32_t read_mode(JsonFields& f) {
  const auto text = f.string("mode");
  if (!text) return 0644;
  if (text->empty() || text->size() > 4 || text->find_first_not_of("01234567") != std::string_view::npos) {
    f.fail("mode", "must be an octal string such as \"0755\"");
    return 0644;
  }
  std::uint32_t mode = 0;
  for (char c : *text) mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
  return mode;
}

// Opens a host file that cannot be outside `root`, whatever links and dots its path holds.
Result<std::string> read_beneath(const std::string& root, const std::string& path) {
  const auto directory = open_file(root, O_RDONLY | O_DIRECTORY);
  if (!directory) return directory.error();
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const Fd fd(static_cast<int>(
      ::syscall(SYS_openat2, directory->get(), path.c_str(), &how, sizeof how)));
  if (!fd) return Error::system("open " + path + " below " + root, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) < 0 || !S_ISREG(status.st_mode)) {
    return Error(path + " below " + root + " is not a regular file");
  }
  return read_file("/proc/self/fd/" + std::to_string(fd.get()), kMaxSourceFile);
}

}  // namespace

SharedBytes FileReader::read_source(JsonFields& f, const std::string& path) {
  const auto known = sources_.find(path);
  if (known != sources_.end()) return known->second;
  auto read = read_beneath(source_root_, path);
  if (read) return sources_[path] = *std::move(read);
  f.fail("src", "cannot be read: " + read.error().message());
  return {};
}

SharedBytes FileReader::read_content(JsonFields& f) {
  const auto content = f.string("content");
  const auto encoded = f.string("base64");
  const auto source = f.string("src");
  if ((content ? 1 : 0) + (encoded ? 1 : 0) + (source ? 1 : 0) != 1) {
    f.fail("content", "or 'base64' or 'src': exactly one must be given");
  } else if (content) {
    return std::string(*content);
  } else if (encoded) {
    auto decoded = base64_decode(*encoded);
    if (!decoded) f.fail("base64", "is not base64 (RFC 4648, padded)");
    return std::move(decoded).value_or("");
  } else if (source_root_.empty()) {
    f.fail("src", "is refused: allow it with --source-root DIR");
  } else if (source->find('\0') != std::string_view::npos) {
    f.fail("src", "must be a path without NUL");
  } else {
    return read_source(f, std::string(*source));
  }
  return {};
}

TaskFile FileReader::read_file(JsonFields& f) {
  TaskFile file;
  f.require("path");
  file.path = f.string("path").value_or("");
  file.mode = read_mode(f);
  file.content = read_content(f);
  bytes_ += static_cast<std::int64_t>(file.content.size());
  if (bytes_ > kMaxFileBytes) {
    f.fail("content", "is too much: a task's files may have " + std::to_string(kMaxFileBytes) + " bytes together");
  }
  return file;
}

std::vector<TaskFile> FileReader::read(JsonFields& task) {
  std::vector<TaskFile> files;
  const JsonValue* array = task.array("files");
  if (!array) return files;
  if (array->Size() > kMaxFiles) {
    task.fail("files", "holds " + std::to_string(array->Size()) + ", and may hold " + std::to_string(kMaxFiles));
    return files;
  }
  for (const JsonValue& element : array->GetArray()) {
    JsonFields f(element, task.path_of("files[" + std::to_string(files.size()) + "]"));
    files.push_back(read_file(f));
    if (auto checked = f.finish(); !checked) {
      task.adopt(std::move(checked));
      return files;
    }
  }
  return files;
}

}  // namespace mayfly
