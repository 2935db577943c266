// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "base/fd.h"
#include "base/result.h"
#include "metrics/machine_sample.h"

namespace mayfly {

// A file of samples, one a line. Only ever appended to, each sample with one write, so that several mayflies may
// share it. Or a stream: nobody waits for its reader, who must keep up.
class SampleFile {
 public:
  enum class Format { csv, ndjson };

  // Creates it, for its owner only, or continues it; a new CSV file gets its header.
  static Result<SampleFile> open(const std::string& path, Format format);

  Result<void> append(const MachineSample& sample);

 private:
  SampleFile(Fd fd, std::string path, Format format, bool is_stream)
      : fd_(std::move(fd)), path_(std::move(path)), format_(format), is_stream_(is_stream) {}
  Result<void> put(const std::string& line);

  Fd fd_;
  std::string path_;
  Format format_;
  bool is_stream_;
};

}  // namespace mayfly
