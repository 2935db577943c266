// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/fd.h"
#include "base/result.h"
#include "sys/output.h"

namespace mayfly {

// What a journal holds that is not simply a record of this kind of mayfly.
struct JournalCensus {
  std::int64_t other_platform = 0;  // tasks whose only records were made on another one (task_key.h)
  std::int64_t other_format = 0;    // records of another version of the format
  std::int64_t damaged = 0;         // lines that are no record, or not as they were written
};

// A file of finished tasks. Its first line says what it is, and every other one is a record:
//
//   {"mayfly_journal":2}
//   {"mayfly_journal":2,"key":K,"platform":P,"sha256":S,"result":{…}}
//
// K and P are those of task_key.h, S is over K, P and the result's text. What is not a whole record with its checksum
// counts for nothing, and its task is run again. Only keys and offsets are in memory, never results.
class Journal {
 public:
  // Opens what --journal names, for one mayfly at a time; others cannot even hold its lock, as they cannot open it
  // (0600). It must be a regular file of this user's that is a journal, or empty, or not there; without `resume` not a
  // journal with anything in it. Writes nothing.
  static Result<Journal> open(const std::string& path, bool resume);

  // Reads it, cuts off a last line that a crash has torn, and begins it if it is new. Records of another platform
  // count only `across_platforms`.
  Result<JournalCensus> load(const std::string& platform, bool across_platforms);

  // The recorded result (a JSON object), if there is one. After load().
  std::optional<std::string> find(const std::string& key) const;

  // The line that records this result, and a note of it as the file's next one, for when it is on the disk.
  std::string encode(const std::string& key, std::string_view result) const;
  void note(const std::string& key, std::size_t line_bytes);

  const std::string& path() const { return place_.path(); }
  // Its position is the end.
  std::shared_ptr<const Fd> file() const { return fd_; }

 private:
  struct Entry {
    std::int64_t offset;
    std::size_t length;
    bool foreign;  // of another platform
  };

  Journal(OutputPlace place, Fd fd) : place_(std::move(place)), fd_(std::make_shared<const Fd>(std::move(fd))) {}
  Result<void> check(bool resume) const;
  Result<std::string> read_lines();
  void index_line(std::string_view line, bool across_platforms);
  void index_record(std::string_view line, bool across_platforms);
  std::int64_t count_foreign() const;
  Result<void> begin();

  OutputPlace place_;
  std::shared_ptr<const Fd> fd_;
  std::string platform_;
  JournalCensus census_;
  std::int64_t end_ = 0;
  std::unordered_map<std::string, Entry> entries_;
  std::unordered_set<std::string> left_aside_;  // keys of records of another platform
};

}  // namespace mayfly
