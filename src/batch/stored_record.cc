// SPDX-License-Identifier: Apache-2.0
//
// Storing a record that was read from a journal: the same files as for a result that has just come.
#include <functional>
#include <optional>

#include "base/encoding.h"
#include "batch/results_directory.h"
#include "result_folder.h"

namespace mayfly {
namespace {

using Put = std::function<Result<std::string>(std::string_view content)>;

JsonValue text_value(const std::string& text, JsonDocument& record) {
  return JsonValue(text.data(), static_cast<rapidjson::SizeType>(text.size()), record.GetAllocator());
}

// The bytes of a member that holds them as text or, by its other name, as base64; and that name.
struct Content {
  const char* name;
  std::string bytes;
};

std::optional<Content> content_of(const JsonValue& object, const char* text, const char* base64) {
  if (object.HasMember(text) && object[text].IsString()) return Content{text, std::string(as_view(object[text]))};
  if (!object.HasMember(base64) || !object[base64].IsString()) return std::nullopt;
  auto bytes = base64_decode(as_view(object[base64]));
  if (!bytes) return std::nullopt;
  return Content{base64, *std::move(bytes)};
}

// Puts the name of a file in the content's place.
Result<void> move_out(JsonDocument& record, JsonValue& object, const Content& content, const char* file_member,
                      const Put& put) {
  auto file = put(content.bytes);
  if (!file) return std::move(file).error();
  object.RemoveMember(content.name);
  object.AddMember(rapidjson::StringRef(file_member), text_value(*file, record), record.GetAllocator());
  return {};
}

Result<void> move_output(JsonDocument& record, const ResultFolder& folder, const char* name, const char* base64,
                         const char* file_member) {
  const auto content = content_of(record, name, base64);
  if (!content) return {};
  return move_out(record, record, *content, file_member,
                  [&](std::string_view bytes) { return folder.put(name, bytes); });
}

Result<void> move_artifacts(JsonDocument& record, const ResultFolder& folder) {
  if (!record.HasMember("artifacts") || !record["artifacts"].IsArray()) return {};
  std::size_t index = 0;
  for (JsonValue& artifact : record["artifacts"].GetArray()) {
    const std::size_t i = index++;
    if (!artifact.IsObject()) continue;
    const auto content = content_of(artifact, "content", "base64");
    if (!content) continue;
    const std::string path(string_member(artifact, "path"));
    auto moved = move_out(record, artifact, *content, "file",
                          [&](std::string_view bytes) { return folder.put_artifact(i, path, bytes); });
    if (!moved) return moved;
  }
  return {};
}

}  // namespace

Result<void> ResultsDirectory::store(JsonDocument& record) const {
  const std::int64_t line = record.HasMember("line") && record["line"].IsInt64() ? record["line"].GetInt64() : 0;
  auto folder = ResultFolder::open(directory_->get(), line, std::string(string_member(record, "id")));
  if (!folder) return std::move(folder).error();
  if (auto moved = move_output(record, *folder, "stdout", "stdout_base64", "stdout_file"); !moved) return moved;
  if (auto moved = move_output(record, *folder, "stderr", "stderr_base64", "stderr_file"); !moved) return moved;
  return move_artifacts(record, *folder);
}

}  // namespace mayfly
