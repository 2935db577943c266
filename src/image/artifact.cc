// SPDX-License-Identifier: Apache-2.0
#include "image/artifact.h"

#include <algorithm>
#include <filesystem>

#include "base/id.h"

namespace mayfly {
namespace {

constexpr const char* kRemedy = "run scripts/setup: it builds and publishes what is missing";

Error with_remedy(Error error) {
  if (!error.hint().empty()) return error;
  return std::move(error).hint(kRemedy);
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

}  // namespace

Result<Kernel> open_kernel(const std::string& home) {
  Kernel kernel;
  const std::string directory = home + "/kernel";
  auto opened = read_manifest(directory, "kernel", [&](JsonFields& fields) {
    kernel.release = fields.string("release").value_or("");
    fields.string("source");
    return open_artifact(fields, directory, "vmlinux", kernel.vmlinux);
  });
  if (!opened) return with_remedy(std::move(opened).error().context("guest kernel"));
  return kernel;
}

Result<Image> open_image(const std::string& home, const std::string& name) {
  if (!is_valid_id(name)) return Error("image name '" + name + "' is not valid: [A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  Image image;
  const std::string directory = home + "/images/" + name;
  auto opened = read_manifest(directory, "image", [&](JsonFields& fields) {
    image.name = fields.string("name").value_or("");
    read_packages(fields, image.packages);
    image.warmup = fields.strings("warmup").value_or(std::vector<std::string>{});
    image.exercise = fields.string("exercise").value_or("");
    image.languages = read_languages(fields);
    auto disk = open_artifact(fields, directory, "disk", image.disk);
    if (!disk) return disk;
    return open_artifact(fields, directory, "overlay", image.overlay);
  });
  if (!opened) return with_remedy(std::move(opened).error().context("image '" + name + "'"));
  image.manifest_sha256 = *std::move(opened);
  return image;
}

std::vector<std::string> warmup_for(const Image& image, std::string_view language) {
  std::vector<std::string> commands = image.warmup;
  const Language* wanted = find_language(image.languages, language);
  if (!wanted) return commands;
  for (const std::string& command : wanted->warmup) {
    if (std::find(commands.begin(), commands.end(), command) == commands.end()) commands.push_back(command);
  }
  return commands;
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
