// SPDX-License-Identifier: Apache-2.0
#include "batch/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/sha256.h"
#include "base/line_splitter.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::string_view kHeader = "{\"mayfly_journal\":2}";
constexpr std::string_view kAnyVersion = "{\"mayfly_journal\":";

constexpr std::size_t kDigest = 64;
constexpr std::string_view kKey = "{\"mayfly_journal\":2,\"key\":\"";
constexpr std::string_view kPlatform = "\",\"platform\":\"";
constexpr std::string_view kChecksum = "\",\"sha256\":\"";
constexpr std::string_view kResult = "\",\"result\":";
constexpr std::size_t kPlatformAt = kKey.size() + kDigest + kPlatform.size();
constexpr std::size_t kChecksumAt = kPlatformAt + kDigest + kChecksum.size();
constexpr std::size_t kResultAt = kChecksumAt + kDigest + kResult.size();

// Records of the first version had no more than these, and no header before them.
constexpr std::string_view kOldKey = "{\"key\":\"";
constexpr std::string_view kOldResult = "\",\"result\":{";
constexpr std::size_t kLongestOpening = 128;  // of what tells a journal from other files

bool is_digest(std::string_view text) {
  return text.size() == kDigest && text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_old_record(std::string_view line) {
  return line.starts_with(kOldKey) && is_digest(line.substr(kOldKey.size(), kDigest)) &&
         line.substr(kOldKey.size() + kDigest).starts_with(kOldResult);
}

// Of whatever version.
bool is_header(std::string_view line) {
  return line.starts_with(kAnyVersion) && line.find_first_not_of("0123456789", kAnyVersion.size()) == line.size() - 1 &&
         line.back() == '}';
}

bool is_of_other_version(std::string_view line) {
  const std::string_view ours = kKey.substr(0, kKey.find(',') + 1);
  return is_old_record(line) || (line.starts_with(kAnyVersion) && !line.starts_with(ours));
}

// By how it begins; a header that was torn is one, too.
bool is_journal(std::string_view opening) {
  return opening.starts_with(kAnyVersion) || kHeader.starts_with(opening) || is_old_record(opening);
}

struct Record {
  std::string_view key, platform, result;
};

std::string checksum_of(const Record& record) {
  Sha256 digest;
  for (const std::string_view part : {record.key, record.platform, record.result}) digest.add(part);
  return digest.finish();
}

std::optional<Record> parse_record(std::string_view line) {
  if (line.size() < kResultAt + 3 || !line.ends_with("}}")) return std::nullopt;
  const Record record{line.substr(kKey.size(), kDigest), line.substr(kPlatformAt, kDigest),
                      line.substr(kResultAt, line.size() - kResultAt - 1)};
  const bool whole = line.starts_with(kKey) && line.substr(kPlatformAt - kPlatform.size()).starts_with(kPlatform) &&
                     line.substr(kChecksumAt - kChecksum.size()).starts_with(kChecksum) &&
                     line.substr(kResultAt - kResult.size()).starts_with(kResult) &&
                     line.substr(kChecksumAt, kDigest) == checksum_of(record);
  return whole ? std::optional(record) : std::nullopt;
}

}  // namespace

Result<Journal> Journal::open(const std::string& path, bool resume) {
  auto place = OutputPlace::find(path);
  if (!place) return std::move(place).error().context("--journal");
  if (place->is_stream()) {
    return Error("--journal " + path + " is no regular file").hint("name a file for it to be kept in");
  }
  auto fd = place->open(O_RDWR);
  if (!fd) return std::move(fd).error().context("--journal");
  Journal journal(*std::move(place), *std::move(fd));
  if (auto checked = journal.check(resume); !checked) return std::move(checked).error();
  return journal;
}

Result<void> Journal::check(bool resume) const {
  std::string opening(kLongestOpening, '\0');
  const ssize_t got = ::pread(fd_->get(), opening.data(), opening.size(), 0);
  if (got < 0) return Error::system("read journal " + path(), errno);
  opening.resize(static_cast<std::size_t>(got));
  struct stat status {};
  if (::fstat(fd_->get(), &status) < 0) return Error::system("journal " + path(), errno);
  if (!is_journal(opening)) {
    return Error("--journal " + path() + " is there already, and is no journal")
        .hint("name another file; this one was left as it is");
  }
  if (status.st_uid != ::geteuid()) {
    return Error("journal " + path() + " belongs to another user (uid " + std::to_string(status.st_uid) + ")")
        .hint("results are taken from a journal of your own only");
  }
  if (!opening.empty() && !resume) {
    return Error("journal " + path() + " exists already").hint("continue it with --resume, or remove it");
  }
  if (::fchmod(fd_->get(), 0600) < 0) return Error::system("journal " + path(), errno);
  if (::flock(fd_->get(), LOCK_EX | LOCK_NB) < 0) return Error("journal " + path() + " is in use by another mayfly");
  return {};
}

Result<JournalCensus> Journal::load(const std::string& platform, bool across_platforms) {
  platform_ = platform;
  LineSplitter lines(SIZE_MAX);
  std::array<char, 64 * 1024> buffer;
  std::int64_t read_to = 0;
  for (;;) {
    const ssize_t got = ::pread(fd_->get(), buffer.data(), buffer.size(), read_to);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system("read journal " + path(), errno);
    if (got == 0) break;
    read_to += got;
    lines.append({buffer.data(), static_cast<std::size_t>(got)});
    while (const auto line = lines.next()) {
      index_line(*line, across_platforms);
      end_ += static_cast<std::int64_t>(line->size()) + 1;
    }
  }
  if (end_ > 0 && end_ < read_to) ++census_.damaged;
  if (auto begun = begin(); !begun) return std::move(begun).error();
  census_.other_platform = count_foreign();
  return census_;
}

// A torn last line is cut off; what was a whole line stays.
Result<void> Journal::begin() {
  if (::ftruncate(fd_->get(), end_) < 0 || ::lseek(fd_->get(), end_, SEEK_SET) < 0) {
    return Error::system("truncate journal " + path(), errno);
  }
  if (end_ == 0) {
    const std::string header = std::string(kHeader) + "\n";
    auto written = write_all(fd_->get(), header);
    if (!written) return std::move(written).error().context("journal " + path());
    end_ = static_cast<std::int64_t>(header.size());
  }
  if (::fsync(fd_->get()) < 0) return Error::system("sync journal " + path(), errno);
  return place_.sync_directory();
}

void Journal::index_line(std::string_view line, bool across_platforms) {
  if (is_header(line)) return;
  if (is_of_other_version(line)) {
    ++census_.other_format;
    return;
  }
  const auto record = parse_record(line);
  if (!record) {
    ++census_.damaged;
    return;
  }
  const std::string key(record->key);
  const bool foreign = record->platform != platform_;
  const auto known = entries_.find(key);
  if (foreign && !across_platforms) {
    left_aside_.insert(key);
  } else if (!foreign || known == entries_.end() || known->second.foreign) {
    entries_[key] = {end_ + static_cast<std::int64_t>(kResultAt), record->result.size(), foreign};
  }
}

std::int64_t Journal::count_foreign() const {
  const auto is_foreign = [](const auto& entry) { return entry.second.foreign; };
  const auto is_missing = [this](const std::string& key) { return !entries_.contains(key); };
  return std::count_if(entries_.begin(), entries_.end(), is_foreign) +
         std::count_if(left_aside_.begin(), left_aside_.end(), is_missing);
}

std::optional<std::string> Journal::find(const std::string& key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  std::string result(found->second.length, '\0');
  const ssize_t got = ::pread(fd_->get(), result.data(), result.size(), found->second.offset);
  if (got != static_cast<ssize_t>(result.size())) return std::nullopt;
  return result;
}

std::string Journal::encode(const std::string& key, std::string_view result) const {
  std::string line(kKey);
  line += key;
  line += kPlatform;
  line += platform_;
  line += kChecksum;
  line += checksum_of({key, platform_, result});
  line += kResult;
  line += result;
  return line + "}\n";
}

void Journal::note(const std::string& key, std::size_t line_bytes) {
  entries_[key] = {end_ + static_cast<std::int64_t>(kResultAt), line_bytes - kResultAt - 2, false};
  end_ += static_cast<std::int64_t>(line_bytes);
}

}  // namespace mayfly
