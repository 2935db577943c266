// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly::guest {

// On the machine's disk, root's alone: no program in the sandbox can look into it.
Result<void> make_scratch_place();

// The two folders of an overlay's upper layer, `new` and `work`, on the machine's disk. Whatever a program made of them
// is gone with the object; no mount may use them any more.
class Scratch {
 public:
  // `number` names it; one that there was never before.
  static Result<Scratch> create(std::uint64_t number);

  Scratch(Scratch&&) noexcept = default;
  Scratch& operator=(Scratch&&) noexcept = delete;
  ~Scratch();

  const std::string& path() const { return path_; }

 private:
  Scratch(std::string path, Fd directory) : path_(std::move(path)), directory_(std::move(directory)) {}

  std::string path_;
  Fd directory_;
};

// Removes all that is in `directory`, however deep and however many.
void empty_directory(int directory);

}  // namespace mayfly::guest
