// SPDX-License-Identifier: Apache-2.0
#include "batch/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/json.h"
#include "image/digest.h"
#include "protocol/line_splitter.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kKeyLength = 64;
constexpr std::string_view kPrefix = "{\"key\":\"";
constexpr std::string_view kMiddle = "\",\"result\":";
constexpr std::size_t kResultStart = kPrefix.size() + kKeyLength + kMiddle.size();

// Each part with its length before it, so that no two different tasks read the same.
class KeyText {
 public:
  void add(std::string_view part) {
    text_ += std::to_string(part.size()) + ":";
    text_ += part;
  }
  void add(std::int64_t number) { add(std::to_string(number)); }
  void add(const std::optional<std::int64_t>& number) { add(number ? std::to_string(*number) : "-"); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_limits(KeyText& key, const Limits& limits) {
  key.add(limits.timeout_ms);
  key.add(limits.output_bytes);
  key.add(limits.memory_bytes);
  key.add(std::to_string(limits.cpus));
  for (const auto& limit : {limits.compile_ms, limits.cpu_ms, limits.disk_bytes, limits.io_bytes_per_s,
                            limits.total_ms, limits.file_bytes, limits.processes, limits.open_files, limits.stdout_bytes, limits.stderr_bytes}) {
    key.add(limit);
  }
}

void add_strings(KeyText& key, const std::vector<std::string>& strings) {
  key.add(static_cast<std::int64_t>(strings.size()));
  for (const std::string& s : strings) key.add(s);
}

void add_language(KeyText& key, const TaskSpec& spec) {
  key.add(spec.language);
  key.add(spec.source.value_or(""));
  key.add(spec.entry);
  key.add(8 * spec.sandbox + spec.check + 2 * spec.stop_at_failure + 4 * spec.source.has_value());
  key.add(static_cast<std::int64_t>(spec.cases.size()));
  for (const TaskCase& test : spec.cases) {
    key.add(test.id);
    key.add(test.stdin_data);
    key.add(test.expected_stdout ? "=" + *test.expected_stdout : "");
    key.add(test.timeout_ms);
    key.add(test.memory_bytes);
  }
}

bool is_final(const TaskResult& result) {
  return result.ending != Ending::cancelled && describe(result.ending).fault != Fault::infra;
}

}  // namespace

std::string task_key(const TaskSpec& spec, const std::string& image_sha256) {
  KeyText key;
  for (const std::string* part : {&spec.id, &spec.image, &image_sha256, &spec.bin, &spec.cwd,
                                  &spec.stdin_data, &spec.labels}) {
    key.add(*part);
  }
  add_strings(key, spec.args);
  add_language(key, spec);
  key.add(static_cast<std::int64_t>(spec.env.size()));
  for (const auto& [name, value] : spec.env) {
    key.add(name);
    key.add(value);
  }
  key.add(static_cast<std::int64_t>(spec.files.size()));
  for (const TaskFile& file : spec.files) {
    key.add(file.path);
    key.add(static_cast<std::int64_t>(file.mode));
    key.add(file.content);
  }
  add_strings(key, spec.artifacts);
  key.add(spec.permissions ? "list" : "any");
  if (spec.permissions) add_strings(key, *spec.permissions);
  add_limits(key, spec.limits);
  return sha256_of_text(key.text());
}

Result<Journal> Journal::open(const std::string& path, bool resume) {
  auto fd = open_file(path, O_RDWR | O_CREAT | (resume ? 0 : O_EXCL), 0644);
  if (!fd && fd.error().code() == EEXIST) {
    return Error("journal " + path + " exists already").hint("continue it with --resume, or remove it");
  }
  if (!fd) return std::move(fd).error();
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) < 0) {
    return Error("journal " + path + " is in use by another mayfly");
  }
  Journal journal(*std::move(fd), path);
  if (auto loaded = journal.load(); !loaded) return std::move(loaded).error();
  return journal;
}

Result<void> Journal::load() {
  LineSplitter lines(SIZE_MAX);
  std::array<char, 64 * 1024> buffer;
  std::int64_t read_to = 0;
  for (;;) {
    const ssize_t got = ::pread(fd_.get(), buffer.data(), buffer.size(), read_to);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error::system("read journal " + path_, errno);
    if (got == 0) break;
    read_to += got;
    lines.append({buffer.data(), static_cast<std::size_t>(got)});
    while (const auto line = lines.next()) {
      index_line(*line, end_);
      end_ += static_cast<std::int64_t>(line->size()) + 1;
    }
  }
  // A torn last line is overwritten; what was a whole line stays.
  if (::ftruncate(fd_.get(), end_) < 0) return Error::system("truncate journal " + path_, errno);
  return {};
}

void Journal::index_line(std::string_view line, std::int64_t offset) {
  if (line.size() <= kResultStart + 1 || !line.starts_with(kPrefix) ||
      line.substr(kPrefix.size() + kKeyLength, kMiddle.size()) != kMiddle) {
    return;  // not ours: left alone
  }
  const std::size_t length = line.size() - kResultStart - 1;  // without the closing '}'
  entries_[std::string(line.substr(kPrefix.size(), kKeyLength))] = {
      offset + static_cast<std::int64_t>(kResultStart), length};
}

std::optional<std::string> Journal::find(const std::string& key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  std::string result(found->second.length, '\0');
  const ssize_t got = ::pread(fd_.get(), result.data(), result.size(), found->second.offset);
  if (got != static_cast<ssize_t>(result.size())) return std::nullopt;
  return result + "\n";
}

Result<void> Journal::append(const std::string& key, const TaskResult& result) {
  if (!is_final(result)) return {};
  std::string record = to_json_line(result);
  record.pop_back();
  std::string line = std::string(kPrefix) + key + std::string(kMiddle) + record + "}\n";
  if (::lseek(fd_.get(), end_, SEEK_SET) < 0) return Error::system("seek in journal", errno);
  if (auto written = write_all(fd_.get(), line); !written) {
    return std::move(written).error().context("journal " + path_);
  }
  entries_[key] = {end_ + static_cast<std::int64_t>(kResultStart), record.size()};
  end_ += static_cast<std::int64_t>(line.size());
  return {};
}

}  // namespace mayfly
