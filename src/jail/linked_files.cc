// SPDX-License-Identifier: Apache-2.0
#include "linked_files.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <sstream>

#include "sys/files.h"
#include "sys/process.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxProgramHeaders = 64;
constexpr std::size_t kMaxPath = 4096;

template <class T>
bool read_at(int fd, T& value, std::uint64_t offset) {
  return ::pread(fd, &value, sizeof value, static_cast<off_t>(offset)) == static_cast<ssize_t>(sizeof value);
}

// The program's interpreter (elf(5), PT_INTERP); empty: it has none.
Result<std::string> interpreter_of(const std::string& program) {
  const auto fd = open_file(program, O_RDONLY);
  if (!fd) return fd.error();
  Elf64_Ehdr header{};
  if (!read_at(fd->get(), header, 0) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return Error(program + " is not an ELF program, such as a script: only those can run in the jail");
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(header.e_phnum, kMaxProgramHeaders); ++i) {
    Elf64_Phdr segment{};
    if (!read_at(fd->get(), segment, header.e_phoff + i * sizeof segment)) break;
    if (segment.p_type != PT_INTERP) continue;
    std::string path(std::min<std::size_t>(segment.p_filesz, kMaxPath), '\0');
    if (::pread(fd->get(), path.data(), path.size(), static_cast<off_t>(segment.p_offset)) < 0) break;
    return std::string(path.c_str());
  }
  return std::string();
}

Result<std::string> read_to_end(int fd) {
  std::string text;
  char part[4096];
  for (ssize_t got = 0; (got = ::read(fd, part, sizeof part)) != 0;) {
    if (got < 0 && errno != EINTR) return Error::system("read what the loader says", errno);
    if (got > 0) text.append(part, static_cast<std::size_t>(got));
  }
  return text;
}

// Waits for the end: this is for the start of mayfly, not for the loop.
Result<std::string> output_of(ProcessSpec spec) {
  auto pipe = make_pipe();
  if (!pipe) return std::move(pipe).error();
  spec.stdout_fd = pipe->second.get();
  auto process = Process::spawn(spec);
  if (!process) return std::move(process).error();
  pipe->second.reset();
  auto text = read_to_end(pipe->first.get());
  process->wait();
  const auto end = process->reap();
  if (!end) return end.error();
  if (end->signalled || end->status != 0) return Error("the loader cannot list the libraries of " + spec.argv.back());
  return text;
}

// Lines are "libz.so.1 => /lib/libz.so.1 (0x…)" or "/lib64/ld.so (0x…)"; the kernel's vDSO has no file.
std::vector<std::string> paths_in(const std::string& listing) {
  std::vector<std::string> paths;
  std::istringstream words(listing);
  for (std::string word; words >> word;) {
    if (word.starts_with('/')) paths.push_back(word);
  }
  return paths;
}

}  // namespace

Result<std::vector<std::string>> linked_files(const std::string& program, const std::vector<std::string>& modules) {
  const auto interpreter = interpreter_of(program);
  if (!interpreter) return interpreter.error();
  if (interpreter->empty()) return std::vector<std::string>{};
  ProcessSpec spec;
  spec.path = *interpreter;
  spec.argv = {*interpreter, "--list", program};
  spec.env = {"LC_ALL=C"};
  std::string preload;
  for (const std::string& module : modules) preload += (preload.empty() ? "LD_PRELOAD=" : ":") + module;
  if (!preload.empty()) spec.env.push_back(preload);
  const auto listing = output_of(std::move(spec));
  if (!listing) return listing.error();
  auto paths = paths_in(*listing);
  paths.push_back(*interpreter);
  return paths;
}

}  // namespace mayfly
