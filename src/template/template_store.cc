// SPDX-License-Identifier: Apache-2.0
#include "template/template_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>

#include "base/id.h"
#include "base/json_fields.h"
#include "sys/files.h"
#include "sys/trusted_path.h"

namespace mayfly {
namespace {

constexpr const char* kManifest = "/manifest.json";
constexpr const char* kBuilding = ".building-";  // no valid key begins so
constexpr std::size_t kKeyDigits = 32;

bool is_key(std::string_view name) { return name.size() == kKeyDigits && is_valid_id(name); }

// What others could have written is not ours, whatever it says.
Result<void> check_owner(const std::string& directory) {
  struct stat s {};
  if (::lstat(directory.c_str(), &s) < 0) return Error::system(directory, errno);
  if (!S_ISDIR(s.st_mode) || s.st_uid != ::geteuid() || (s.st_mode & 077) != 0) {
    return Error(directory + " is not a directory that only this user can use");
  }
  return {};
}

// The extents must fit the packed file and the guest's memory, in order.
Result<std::vector<Extent>> read_extents(JsonFields& manifest, std::int64_t packed, std::int64_t memory) {
  std::vector<Extent> extents;
  std::int64_t position = 0;
  std::int64_t total = 0;
  const JsonValue* array = manifest.array("extents");
  if (!array) return Error("field 'extents' is missing");
  for (const JsonValue& pair : array->GetArray()) {
    if (!pair.IsArray() || pair.Size() != 2 || !pair[0].IsInt64() || !pair[1].IsInt64()) {
      return Error("'extents' must be pairs of numbers");
    }
    const Extent extent{pair[0].GetInt64(), pair[1].GetInt64()};
    if (extent.offset < position || extent.length <= 0 || extent.length > memory - extent.offset) {
      return Error("'extents' do not fit the memory");
    }
    position = extent.offset + extent.length;
    total += extent.length;
    extents.push_back(extent);
  }
  if (total != packed) return Error("'extents' do not fit the packed file");
  return extents;
}

void write_artifact(JsonWriter& writer, std::string_view name, const Artifact& artifact) {
  write_key(writer, name);
  writer.StartObject();
  write_text(writer, "file", std::filesystem::path(artifact.path).filename().string());
  write_text(writer, "sha256", artifact.sha256);
  write_integer(writer, "size_bytes", artifact.size_bytes);
  writer.EndObject();
}

std::string manifest_of(const StoredTemplate& stored, const std::string& description) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_integer(writer, "schema", 1);
  write_text(writer, "kind", "template");
  write_text(writer, "key", stored.key);
  write_text(writer, "description", description);
  write_text(writer, "token", stored.token);
  write_integer(writer, "memory_bytes", stored.memory_bytes);
  write_artifact(writer, "memory", stored.memory);
  writer.Key("extents");
  writer.StartArray();
  for (const Extent& extent : stored.extents) {
    writer.StartArray();
    writer.Int64(extent.offset);
    writer.Int64(extent.length);
    writer.EndArray();
  }
  writer.EndArray();
  write_artifact(writer, "state", stored.state);
  if (stored.overlay.size_bytes > 0) write_artifact(writer, "overlay", stored.overlay);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

void remove_tree(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace

Result<StoredTemplate> TemplateStore::open(const std::string& key) const {
  StoredTemplate stored;
  const std::string directory = path(key);
  if (auto ours = check_owner(directory); !ours) return std::move(ours).error();
  auto read = read_manifest(directory, "template", [&](JsonFields& fields) -> Result<void> {
    stored.key = fields.string("key").value_or("");
    if (stored.key != key) return Error("it is the template of another key");
    fields.string("description");
    stored.token = fields.string("token").value_or("");
    stored.memory_bytes = fields.integer("memory_bytes", 1, std::numeric_limits<std::int64_t>::max()).value_or(0);
    if (auto opened = open_artifact(fields, directory, "memory", stored.memory); !opened) return opened;
    auto extents = read_extents(fields, stored.memory.size_bytes, stored.memory_bytes);
    if (!extents) return std::move(extents).error();
    stored.extents = *std::move(extents);
    if (auto opened = open_artifact(fields, directory, "state", stored.state); !opened) return opened;
    if (!fields.object("overlay")) return {};
    return open_artifact(fields, directory, "overlay", stored.overlay);
  });
  if (!read) return std::move(read).error();
  return stored;
}

Result<Fd> TemplateStore::lock_file(const std::string& key) const {
  if (auto made = make_directories(directory_, 0700); !made) return std::move(made).error();
  if (auto trusted = check_trusted(directory_); !trusted) return std::move(trusted).error();
  return open_file(path("." + key + ".lock"), O_RDWR | O_CREAT);
}

Result<std::string> TemplateStore::begin(const std::string& key) const {
  std::string directory = path(kBuilding + key);
  remove_tree(directory);  // of a builder that died; the lock is ours
  if (auto made = make_directories(directory, 0700); !made) return std::move(made).error();
  return directory;
}

Result<void> TemplateStore::commit(const std::string& directory, const StoredTemplate& stored,
                                   const std::string& description) const {
  if (auto written = replace_file(directory + kManifest, manifest_of(stored, description)); !written) {
    return written;
  }
  remove_tree(path(stored.key));
  if (::rename(directory.c_str(), path(stored.key).c_str()) < 0) {
    return Error::system("rename " + directory, errno);
  }
  return {};
}

void TemplateStore::abandon(const std::string& directory) const { remove_tree(directory); }

std::vector<TemplateInfo> TemplateStore::list() const {
  std::vector<TemplateInfo> all;
  std::error_code ignored;
  if (!check_trusted(directory_)) return all;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, ignored)) {
    const std::string key = entry.path().filename();
    struct stat s {};
    if (!is_key(key) || ::stat((entry.path().string() + kManifest).c_str(), &s) < 0) continue;
    TemplateInfo info{key, "(damaged)", 0, s.st_mtim.tv_sec * kSecond + s.st_mtim.tv_nsec};
    if (const auto stored = open(key)) {
      info.size_bytes = stored->memory.size_bytes + stored->state.size_bytes + stored->overlay.size_bytes;
    }
    if (const auto text = read_file(entry.path().string() + kManifest, 4 << 20)) {
      if (const auto document = parse_json(*text)) info.description = string_member(*document, "description");
    }
    all.push_back(std::move(info));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.last_used > b.last_used; });
  return all;
}

void TemplateStore::note_use(const std::string& key) const {
  ::utimensat(AT_FDCWD, (path(key) + kManifest).c_str(), nullptr, 0);
}

Result<void> TemplateStore::remove(const std::string& key) const {
  if (!is_key(key)) return Error("'" + key + "' is not a template's key");
  if (auto trusted = check_trusted(directory_); !trusted) return trusted;
  std::error_code error;
  std::filesystem::remove_all(path(key), error);
  if (error) return Error::system("remove " + path(key), error.value());
  return {};
}

}  // namespace mayfly
