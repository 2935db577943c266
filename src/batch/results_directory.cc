// SPDX-License-Identifier: Apache-2.0
#include "batch/results_directory.h"

#include <filesystem>

#include "base/id.h"
#include "result_folder.h"
#include "sys/output.h"

namespace mayfly {
namespace {

constexpr unsigned kPrivate = 0600;

// The last component of a path that the task's author chose, made harmless.
std::string safe_name(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string().substr(0, kMaxIdLength);
  for (char& c : name) {
    if (!is_valid_id(std::string("x") + c)) c = '_';
  }
  return name;
}

// Moves content into a file.
Result<void> keep(Result<std::string> put, std::string& content, std::string& file) {
  if (!put) return std::move(put).error();
  content.clear();
  file = *std::move(put);
  return {};
}

}  // namespace

Result<ResultFolder> ResultFolder::open(int results, std::int64_t line, const std::string& id) {
  std::string name = std::to_string(line) + "-" + id;
  auto folder = open_private_directory(results, name);
  if (!folder) return std::move(folder).error().context("--results");
  auto artifacts = open_private_directory(folder->get(), "artifacts");
  if (!artifacts) return std::move(artifacts).error().context("--results: " + name);
  return ResultFolder(std::move(name), *std::move(folder), *std::move(artifacts));
}

Result<std::string> ResultFolder::put(const std::string& name, std::string_view content) const {
  auto written = replace_file_at(folder_.get(), name, content, kPrivate);
  if (!written) return std::move(written).error().context("--results: " + name_ + "/" + name);
  return name_ + "/" + name;
}

Result<std::string> ResultFolder::put_artifact(std::size_t index, const std::string& path,
                                               std::string_view content) const {
  const std::string name = std::to_string(index) + "-" + safe_name(path);
  auto written = replace_file_at(artifacts_.get(), name, content, kPrivate);
  if (!written) return std::move(written).error().context("--results: " + name_ + "/artifacts/" + name);
  return name_ + "/artifacts/" + name;
}

Result<ResultsDirectory> ResultsDirectory::open(const std::string& path) {
  auto directory = open_private_directory(path);
  if (!directory) return std::move(directory).error().context("--results");
  return ResultsDirectory(*std::move(directory));
}

Result<void> ResultsDirectory::store(TaskResult& result) const {
  auto folder = ResultFolder::open(directory_->get(), result.line, result.id);
  if (!folder) return std::move(folder).error();
  if (auto kept = keep(folder->put("stdout", result.out), result.out, result.out_file); !kept) return kept;
  if (auto kept = keep(folder->put("stderr", result.err), result.err, result.err_file); !kept) return kept;
  for (std::size_t i = 0; i < result.artifacts.size(); ++i) {
    ArtifactResult& artifact = result.artifacts[i];
    if (!artifact.error.empty()) continue;
    auto kept = keep(folder->put_artifact(i, artifact.path, artifact.content), artifact.content, artifact.file);
    if (!kept) return kept;
  }
  return {};
}

}  // namespace mayfly
