// SPDX-License-Identifier: Apache-2.0
#include "image/artifact.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/id.h"
#include "base/json.h"
#include "sys/files.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxManifest = 4 << 20;
constexpr const char* kRemedy = "run scripts/setup: it builds and publishes what is missing";

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
  auto fd = open_file(out.path, O_RDONLY);
  if (!fd) return std::move(fd).error();
  out.fd = *std::move(fd);
  struct stat s {};
  if (::fstat(out.fd.get(), &s) < 0 || s.st_size != out.size_bytes) {
    return Error(out.path + " has " + std::to_string(s.st_size) + " bytes, its manifest promises " +
                 std::to_string(out.size_bytes));
  }
  return {};
}

void read_packages(JsonFields& manifest, std::vector<std::string>& out) {
  const JsonValue* array = manifest.array("packages");
  if (!array) return;
  for (const JsonValue& element : array->GetArray()) {
    JsonFields package(element, "packages");
    out.push_back(std::string(package.string("name").value_or("")) + " " +
                  std::string(package.string("version").value_or("")));
  }
}

// Reads <directory>/manifest.json and lets `read` pick its fields.
Result<void> with_manifest(const std::string& directory, const std::string& kind,
                           const std::function<Result<void>(JsonFields&)>& read) {
  const auto content = read_file(directory + "/manifest.json", kMaxManifest);
  if (!content) return content.error();
  const auto document = parse_json(*content);
  if (!document) return Error(document.error()).context(directory + "/manifest.json");
  JsonFields fields(*document, "");
  fields.integer("schema", 1, 1);
  if (fields.string("kind") != kind) fields.fail("kind", "must be '" + kind + "'");
  auto result = read(fields);
  if (result) result = fields.finish();
  if (!result) return Error(result.error()).context(directory + "/manifest.json");
  return {};
}

}  // namespace

Result<Kernel> open_kernel(const std::string& home) {
  Kernel kernel;
  const std::string directory = home + "/kernel";
  auto opened = with_manifest(directory, "kernel", [&](JsonFields& fields) {
    kernel.release = fields.string("release").value_or("");
    fields.string("source");
    return open_artifact(fields, directory, "vmlinux", kernel.vmlinux);
  });
  if (!opened) return std::move(opened).error().context("guest kernel").hint(kRemedy);
  return kernel;
}

Result<Image> open_image(const std::string& home, const std::string& name) {
  if (!is_valid_id(name)) return Error("image name '" + name + "' is not valid: [A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  Image image;
  const std::string directory = home + "/images/" + name;
  auto opened = with_manifest(directory, "image", [&](JsonFields& fields) {
    image.name = fields.string("name").value_or("");
    read_packages(fields, image.packages);
    auto disk = open_artifact(fields, directory, "disk", image.disk);
    if (!disk) return disk;
    return open_artifact(fields, directory, "overlay", image.overlay);
  });
  if (!opened) return std::move(opened).error().context("image '" + name + "'").hint(kRemedy);
  return image;
}

std::vector<std::string> list_images(const std::string& home) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(home + "/images", ignored)) {
    const std::string name = entry.path().filename();
    if (is_valid_id(name) && std::filesystem::exists(entry.path() / "manifest.json", ignored)) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> verify(const Artifact& artifact, const DigestCache& cache) {
  const auto digest = cache.sha256(artifact.fd.get(), artifact.path);
  if (!digest) return digest.error();
  if (*digest == artifact.sha256) return {};
  return Error(artifact.path + " has changed: SHA-256 is " + *digest + ", its manifest promises " +
               artifact.sha256)
      .hint("remove the folder that holds it and run scripts/setup");
}

}  // namespace mayfly
