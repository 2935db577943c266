// SPDX-License-Identifier: Apache-2.0
#include "image/manifest.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <limits>

#include "base/id.h"
#include "base/sha256.h"
#include "sys/trusted_path.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxManifest = 4 << 20;

}  // namespace

Result<void> open_artifact(JsonFields& manifest, const std::string& directory,
                           std::string_view name, Artifact& out) {
  const JsonValue* object = manifest.object(name);
  if (!object) return Error("field '" + std::string(name) + "' is missing");
  JsonFields fields(*object, std::string(name));
  fields.string("format");
  for (const char* needed : {"file", "sha256", "size_bytes"}) fields.require(needed);
  const std::string file(fields.string("file").value_or(""));
  out.sha256 = fields.string("sha256").value_or("");
  out.size_bytes = fields.integer("size_bytes", 1, std::numeric_limits<std::int64_t>::max()).value_or(0);
  if (!is_valid_id(file)) fields.fail("file", "must be a plain file name");
  if (auto checked = fields.finish(); !checked) return checked;
  out.path = directory + "/" + file;
  auto fd = open_trusted(out.path, O_RDONLY);
  if (!fd) return std::move(fd).error();
  out.fd = *std::move(fd);
  struct stat s {};
  if (::fstat(out.fd.get(), &s) < 0 || s.st_size != out.size_bytes) {
    return Error(out.path + " has " + std::to_string(s.st_size) + " bytes, its manifest promises " +
                 std::to_string(out.size_bytes));
  }
  return {};
}

Result<std::string> read_manifest(const std::string& directory, const std::string& kind,
                           const std::function<Result<void>(JsonFields&)>& read) {
  const auto content = read_trusted(directory + "/manifest.json", kMaxManifest);
  if (!content) return content.error();
  const auto document = parse_json(*content);
  if (!document) return Error(document.error()).context(directory + "/manifest.json");
  JsonFields fields(*document, "");
  fields.integer("schema", 1, 1);
  if (fields.string("kind") != kind) fields.fail("kind", "must be '" + kind + "'");
  auto result = read(fields);
  if (result) result = fields.finish();
  if (!result) return Error(result.error()).context(directory + "/manifest.json");
  return sha256_of_text(*content);
}

}  // namespace mayfly
