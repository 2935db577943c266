// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "image/artifact.h"
#include "image/digest.h"
#include "runner/task_environment.h"

namespace mayfly {

// The environments of tasks by their image: opened and verified at first use, and again when another image has been
// published under the name, which is then used as soon as it can be. An environment stays where it is as long as this
// object lives, as machines of one that was replaced may still live.
class ImageEnvironments {
 public:
  // `common` is what is true whatever the image; what it points to lives longer, as do the digests.
  ImageEnvironments(std::string home, const DigestCache& digests, TaskEnvironment common, bool prestart)
      : home_(std::move(home)), digests_(digests), common_(std::move(common)), prestart_(prestart) {}

  // An image whose digest is not remembered is verified here if `may_be_slow`, else refused: hashing it takes seconds,
  // and the loop must not stand still.
  Result<const TaskEnvironment*> get(const std::string& name, bool may_be_slow);

 private:
  struct Loaded {
    Image image;
    TaskEnvironment environment;
    std::string version;  // of its manifest's file
  };

  Result<std::unique_ptr<Loaded>> load(const std::string& name, bool may_be_slow) const;
  Result<Image> open_verified(const std::string& name, bool may_be_slow) const;

  std::string home_;
  const DigestCache& digests_;
  TaskEnvironment common_;
  bool prestart_;
  std::map<std::string, std::unique_ptr<Loaded>> current_;
  std::vector<std::unique_ptr<Loaded>> replaced_;
};

}  // namespace mayfly
