// SPDX-License-Identifier: Apache-2.0
//
// Writing where the operator said: --meta, --metrics, --incidents, --journal, --results and what else takes the name of
// a file to write. mayfly may be root, and other users may have been at that place before.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace mayfly {

// A place for output, found by walking its path link by link and held by the descriptor of its directory, so that what
// others do to the path afterwards does not matter. Links are followed to where they lead if they are this user's or
// root's, and refused if somebody else made them.
//
// Streams are written to as they are: descriptors of this process ("-", /dev/stdout, /dev/fd/N), terminals and other
// character devices, and FIFOs of this user's or root's. Regular files are appended to or replaced. Refused are block
// devices, sockets, directories, and files and FIFOs that are another user's.
class OutputPlace {
 public:
  // Opens nothing yet and changes nothing. Whether there is a file does not matter, its directory must be there.
  static Result<OutputPlace> find(const std::string& path);

  const std::string& path() const { return path_; }
  bool is_stream() const { return kind_ == Kind::stream || descriptor_; }
  bool is_new() const { return kind_ == Kind::nothing; }

  // To append to; waits for the reader of a FIFO. A new file is private: 0600, whatever the umask is. `flags` may be
  // O_RDWR for a file, which must have but one name.
  Result<Fd> open(int flags) const;

  // Puts a file there whole: a reader sees the old content or the new one. It keeps the mode of the old file; a new one
  // gets `mode`, whatever the umask is. Not for streams.
  Result<void> replace(std::string_view content, unsigned mode = 0600) const;

  // Brings the directory's entry to the disk.
  Result<void> sync_directory() const;

 private:
  enum class Kind { nothing, file, stream };

  explicit OutputPlace(std::string path) : path_(std::move(path)) {}
  Result<void> look();
  Error refused(const std::string& why) const;

  std::string path_;
  Kind kind_ = Kind::nothing;
  bool has_other_names_ = false;  // whoever may make hard links to files of others could choose what is appended to
  Fd directory_;     // O_PATH
  std::string name_;  // in it; no link
  Fd there_;         // O_PATH, of what has that name
  Fd descriptor_;    // or this one of our own
};

// For content that comes at once, at the end: a stream, which is opened at once, or a file, which is replaced then.
class OutputFile {
 public:
  static Result<OutputFile> open(const std::string& path);
  bool is_stream() const { return place_.is_stream(); }

  // Waits until a stream has taken all of it.
  Result<void> write(std::string_view content, unsigned mode = 0600) const;
  // For a loop that must not stand still: an error if a stream would have to be waited for.
  Result<void> write_now(std::string_view content, unsigned mode = 0600) const;

 private:
  OutputFile(OutputPlace place, Fd stream) : place_(std::move(place)), stream_(std::move(stream)) {}

  OutputPlace place_;
  Fd stream_;
};

// Writes all of `bytes`, but does not wait for anybody: an error (EAGAIN) where the reader of a pipe or a terminal does
// not keep up. A part may have been written then.
Result<void> write_now(int fd, std::string_view bytes);

// A directory for output that nobody else can write to, by its path: made if it is not there, with its parents, each
// 0700, whatever the umask is. Links on the way are looked at as above. An error if it is another user's, or if others
// may write there.
Result<Fd> open_private_directory(const std::string& path);

// The same for one name in a directory, where a link is refused.
Result<Fd> open_private_directory(int parent, const std::string& name);

// Replaces a file in a directory; `mode` is set whatever the umask is.
Result<void> replace_file_at(int directory, const std::string& name, std::string_view content, unsigned mode);

}  // namespace mayfly
