// SPDX-License-Identifier: Apache-2.0
#include "engine/image_environments.h"

#include <sys/stat.h>

#include <utility>

#include "plan/program.h"

namespace mayfly {
namespace {

// Changes whenever another image is published under this name.
std::string version_of(const std::string& home, const std::string& name) {
  struct stat s {};
  if (::stat((home + "/images/" + name + "/manifest.json").c_str(), &s) < 0) return "";
  return std::to_string(s.st_dev) + " " + std::to_string(s.st_ino) + " " + std::to_string(s.st_ctim.tv_sec) + "." +
         std::to_string(s.st_ctim.tv_nsec);
}

}  // namespace

Result<const TaskEnvironment*> ImageEnvironments::get(const std::string& name, bool may_be_slow) {
  auto& known = current_[name];
  if (known && known->version == version_of(home_, name)) return &known->environment;
  auto loaded = load(name, may_be_slow);
  // What was published in its place cannot be used, or not yet: what is open is still whole.
  if (!loaded && known) return &known->environment;
  if (!loaded) {
    current_.erase(name);
    return std::move(loaded).error();
  }
  if (known) {
    known->environment.parts.stale = true;
    replaced_.push_back(std::move(known));
  }
  known = *std::move(loaded);
  return &known->environment;
}

Result<Image> ImageEnvironments::open_verified(const std::string& name, bool may_be_slow) const {
  auto image = open_image(home_, name);
  if (!image) return image;
  if (!may_be_slow && !digests_.remembers(image->disk.fd.get())) {
    return Error("image '" + name + "' has not been verified since it changed").hint("run: mayfly image verify " + name);
  }
  for (const Artifact* artifact : {&image->disk, &image->overlay}) {
    if (auto verified = verify(*artifact, digests_); !verified) return std::move(verified).error();
  }
  return image;
}

Result<std::unique_ptr<ImageEnvironments::Loaded>> ImageEnvironments::load(const std::string& name, bool may_be_slow) const {
  const std::string version = version_of(home_, name);
  auto image = open_verified(name, may_be_slow);
  if (!image) return std::move(image).error();
  auto loaded = std::make_unique<Loaded>(Loaded{*std::move(image), common_, version});
  TaskEnvironment& environment = loaded->environment;
  environment.languages = loaded->image.languages;
  environment.parts.image = &loaded->image;
  environment.parts.identity.image_sha256 = loaded->image.disk.sha256;
  environment.provenance.image = loaded->image.disk.sha256;
  if (prestart_) environment.parts.prestarts = plan_prestarts(environment.languages);
  return loaded;
}

}  // namespace mayfly
