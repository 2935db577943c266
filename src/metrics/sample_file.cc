// SPDX-License-Identifier: Apache-2.0
#include "metrics/sample_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sys/output.h"

namespace mayfly {

Result<SampleFile> SampleFile::open(const std::string& path, Format format) {
  const auto place = OutputPlace::find(path);
  if (!place) return place.error();
  auto fd = place->open(O_WRONLY);
  if (!fd) return std::move(fd).error();
  struct stat s {};
  const bool is_new = ::fstat(fd->get(), &s) == 0 && s.st_size == 0;
  SampleFile file(*std::move(fd), path, format, place->is_stream());
  if (!is_new || format != Format::csv) return file;
  if (auto put = file.put(csv_header()); !put) return std::move(put).error();
  return file;
}

Result<void> SampleFile::append(const MachineSample& sample) {
  return put(format_ == Format::csv ? to_csv_line(sample) : to_json_line(sample));
}

Result<void> SampleFile::put(const std::string& line) {
  if (is_stream_) {
    auto written = write_now(fd_.get(), line);
    if (!written) return std::move(written).error().context(path_);
    return {};
  }
  const ssize_t written = ::write(fd_.get(), line.data(), line.size());
  if (written < 0) return Error::system("write " + path_, errno);
  if (static_cast<std::size_t>(written) != line.size()) return Error(path_ + ": a sample was cut short");
  return {};
}

}  // namespace mayfly
