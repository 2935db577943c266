// SPDX-License-Identifier: Apache-2.0
#include "engine/languages.h"

#include <algorithm>

#include "image/artifact.h"

namespace mayfly {

std::vector<OfferedLanguage> offered_languages(const std::string& home, const std::string& preferred) {
  std::vector<std::string> names = list_images(home);
  std::stable_partition(names.begin(), names.end(), [&](const std::string& name) { return name == preferred; });
  std::vector<OfferedLanguage> offered;
  for (const std::string& name : names) {
    auto image = open_image(home, name);
    if (!image) continue;
    for (Language& language : image->languages) offered.push_back({name, std::move(language)});
  }
  return offered;
}

std::map<std::string, std::string> images_of_languages(const std::vector<OfferedLanguage>& offered) {
  std::map<std::string, std::string> images;
  for (const auto& [image, language] : offered) {
    images.emplace(language.name, image);
    for (const std::string& alias : language.aliases) images.emplace(alias, image);
  }
  return images;
}

const OfferedLanguage* language_by_name(const std::vector<OfferedLanguage>& offered, std::string_view name) {
  const auto found = std::find_if(offered.begin(), offered.end(), [&](const OfferedLanguage& one) { return is_named(one.language, name); });
  return found == offered.end() ? nullptr : &*found;
}

const OfferedLanguage* language_of_file(const std::vector<OfferedLanguage>& offered, std::string_view path) {
  const auto found = std::find_if(offered.begin(), offered.end(),
                                  [&](const OfferedLanguage& one) { return has_extension_of(one.language, path); });
  return found == offered.end() ? nullptr : &*found;
}

}  // namespace mayfly
