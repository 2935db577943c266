// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "image/language.h"

namespace mayfly {

struct OfferedLanguage {
  std::string image;
  Language language;
};

// Those of all images, of `preferred` first, then by the images' names. Images that cannot be opened are left out.
std::vector<OfferedLanguage> offered_languages(const std::string& home, const std::string& preferred);

// For each name of a language, aliases included, the image that tasks in it get when they name none: the first.
std::map<std::string, std::string> images_of_languages(const std::vector<OfferedLanguage>& offered);

// The first of that name or alias; nullptr: there is none.
const OfferedLanguage* language_by_name(const std::vector<OfferedLanguage>& offered, std::string_view name);

// The first that has the extension of a file's name; nullptr: none has.
const OfferedLanguage* language_of_file(const std::vector<OfferedLanguage>& offered, std::string_view path);

}  // namespace mayfly
