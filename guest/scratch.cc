// SPDX-License-Identifier: Apache-2.0
#include "guest/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <functional>

#include "guest/cell.h"

namespace mayfly::guest {
namespace {

constexpr const char* kPlace = "/.mayfly";

bool is_dots(const char* name) { return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0)); }

// Calls `visit` for each entry; returns how many there were.
std::size_t for_each_entry(int directory, const std::function<void(const char*)>& visit) {
  DIR* stream = ::fdopendir(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!stream) return 0;
  std::size_t count = 0;
  while (const dirent* entry = ::readdir(stream)) {
    if (is_dots(entry->d_name)) continue;
    visit(entry->d_name);
    ++count;
  }
  ::closedir(stream);
  return count;
}

// A folder's own folders are moved up to `top`, where their turn comes. So nothing here is as deep as they are.
void remove_folder(int top, const char* name, std::uint64_t& moved) {
  const Fd folder(::openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  for_each_entry(folder.get(), [&](const char* entry) {
    if (::unlinkat(folder.get(), entry, 0) == 0) return;
    ::renameat(folder.get(), entry, top, ("moved-" + std::to_string(++moved)).c_str());
  });
  ::unlinkat(top, name, AT_REMOVEDIR);
}

}  // namespace

void empty_directory(int directory) {
  std::uint64_t moved = 0;
  bool changed = true;
  while (changed) {
    const std::uint64_t before = moved;
    for_each_entry(directory, [&](const char* name) {
      if (::unlinkat(directory, name, 0) != 0) remove_folder(directory, name, moved);
    });
    changed = moved != before;
  }
}

Result<void> make_scratch_place() {
  if (::mkdir(kPlace, 0700) == 0 || errno == EEXIST) return {};
  return Error::system(std::string("make ") + kPlace, errno);
}

Result<Scratch> Scratch::create(std::uint64_t number) {
  std::string path = std::string(kPlace) + "/" + std::to_string(number);
  if (::mkdir(path.c_str(), 0700) != 0) return Error::system("make " + path, errno);
  Scratch scratch(path, Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  const int directory = scratch.directory_.get();
  if (::mkdirat(directory, "new", 0755) != 0 || ::mkdirat(directory, "work", 0700) != 0 ||
      ::fchownat(directory, "new", kSandboxUser, kSandboxUser, 0) != 0) {
    return Error::system("make a layer in " + path, errno);
  }
  return scratch;
}

Scratch::~Scratch() {
  if (!directory_) return;
  empty_directory(directory_.get());
  ::rmdir(path_.c_str());
}

}  // namespace mayfly::guest
