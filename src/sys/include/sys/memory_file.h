// SPDX-License-Identifier: Apache-2.0
//
// Files that live in memory (memfd_create(2)) and hold the memory of a guest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly {

// A run of bytes of a file.
struct Extent {
  std::int64_t offset = 0;
  std::int64_t length = 0;

  auto operator<=>(const Extent&) const = default;
};

// An empty file of `size` bytes, all of them holes, that can be sealed.
Result<Fd> memory_file(const char* name, std::int64_t size);

// From now on nobody can change the file, not even we (F_SEAL_WRITE and the others of
// fcntl(2)). EBUSY while anybody has it mapped for writing.
Result<void> seal(int fd);

// A sealed file that holds `content`.
Result<Fd> sealed_memory_file(const char* name, std::string_view content);

// Where the file holds data (lseek(2), SEEK_DATA), in order. Runs that are less than
// `smallest_gap` apart are told as one.
Result<std::vector<Extent>> data_extents(int fd, std::int64_t size, std::int64_t smallest_gap);

// A shared mapping of a whole file, for the life of the object.
class Mapping {
 public:
  enum class Access { read, write };
  static Result<Mapping> open(int fd, std::int64_t size, Access access);

  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  char* at(std::int64_t offset) const { return data_ + offset; }

 private:
  Mapping(char* data, std::size_t size) : data_(data), size_(size) {}

  char* data_;
  std::size_t size_;
};

}  // namespace mayfly
