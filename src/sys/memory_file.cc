// SPDX-License-Identifier: Apache-2.0
#include "sys/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sys/files.h"

namespace mayfly {

Result<Fd> memory_file(const char* name, std::int64_t size) {
  Fd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return Error::system("memfd_create", errno);
  if (::ftruncate(fd.get(), size) < 0) return Error::system("size a memory file", errno);
  return fd;
}

Result<void> seal(int fd) {
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (::fcntl(fd, F_ADD_SEALS, kSeals) < 0) return Error::system("seal a memory file", errno);
  return {};
}

Result<Fd> sealed_memory_file(const char* name, std::string_view content) {
  auto fd = memory_file(name, 0);
  if (!fd) return fd;
  if (auto written = write_all(fd->get(), content); !written) return std::move(written).error();
  if (auto sealed = seal(fd->get()); !sealed) return std::move(sealed).error();
  return fd;
}

Result<std::vector<Extent>> data_extents(int fd, std::int64_t size, std::int64_t smallest_gap) {
  std::vector<Extent> extents;
  std::int64_t position = 0;
  while (position < size) {
    const off_t start = ::lseek(fd, position, SEEK_DATA);
    if (start < 0 && errno == ENXIO) break;  // only a hole is left
    if (start < 0) return Error::system("lseek", errno);
    const off_t end = ::lseek(fd, start, SEEK_HOLE);
    if (end < 0) return Error::system("lseek", errno);
    Extent* last = extents.empty() ? nullptr : &extents.back();
    if (last && start - (last->offset + last->length) < smallest_gap) {
      last->length = end - last->offset;
    } else {
      extents.push_back({start, end - start});
    }
    position = end;
  }
  return extents;
}

Result<Mapping> Mapping::open(int fd, std::int64_t size, Access access) {
  const int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
  void* data = ::mmap(nullptr, static_cast<std::size_t>(size), protection, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return Error::system("mmap", errno);
  return Mapping(static_cast<char*>(data), static_cast<std::size_t>(size));
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  Mapping taken(std::move(other));  // and unmaps what was held, on return
  std::swap(data_, taken.data_);
  std::swap(size_, taken.size_);
  return *this;
}

Mapping::~Mapping() {
  if (data_) ::munmap(data_, size_);
}

}  // namespace mayfly
