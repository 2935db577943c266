// SPDX-License-Identifier: Apache-2.0
#include "batch/results_directory.h"

#include <filesystem>

#include "base/id.h"
#include "sys/files.h"

namespace mayfly {
namespace {

// The last component of a path that the task's author chose, made harmless.
std::string safe_name(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string().substr(0, kMaxIdLength);
  for (char& c : name) {
    if (!is_valid_id(std::string("x") + c)) c = '_';
  }
  return name;
}

}  // namespace

Result<ResultsDirectory> ResultsDirectory::open(const std::string& path) {
  if (auto made = make_directories(path); !made) return std::move(made).error().context("--results");
  return ResultsDirectory(path);
}

Result<void> ResultsDirectory::move_to_file(const std::string& name, std::string& content,
                                            std::string& file) const {
  if (auto written = replace_file(path_ + "/" + name, content); !written) return written;
  content.clear();
  file = name;
  return {};
}

Result<void> ResultsDirectory::store(TaskResult& result) const {
  const std::string directory = std::to_string(result.line) + "-" + result.id;
  if (auto made = make_directories(path_ + "/" + directory + "/artifacts"); !made) return made;
  if (auto moved = move_to_file(directory + "/stdout", result.out, result.out_file); !moved) return moved;
  if (auto moved = move_to_file(directory + "/stderr", result.err, result.err_file); !moved) return moved;
  for (std::size_t i = 0; i < result.artifacts.size(); ++i) {
    ArtifactResult& artifact = result.artifacts[i];
    if (!artifact.error.empty()) continue;
    const std::string name = directory + "/artifacts/" + std::to_string(i) + "-" + safe_name(artifact.path);
    if (auto moved = move_to_file(name, artifact.content, artifact.file); !moved) return moved;
  }
  return {};
}

}  // namespace mayfly
