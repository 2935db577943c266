// SPDX-License-Identifier: Apache-2.0
#include "image/language.h"

#include <algorithm>

#include "base/id.h"

namespace mayfly {
namespace {

constexpr double kMaxFactor = 100;
constexpr std::int64_t kMaxReserve = 1LL << 40;
constexpr std::int64_t kMaxProcesses = 1 << 20;

std::string text_of(JsonFields& fields, std::string_view name) { return std::string(fields.string(name).value_or("")); }

std::vector<std::string> words_of(JsonFields& fields, std::string_view name) {
  return fields.strings(name).value_or(std::vector<std::string>{});
}

std::map<std::string, std::string> map_of(JsonFields& fields, std::string_view name) {
  return fields.string_map(name).value_or(std::map<std::string, std::string>{});
}

void read_factors(JsonFields& fields, Language& language) {
  if (const JsonValue* object = fields.object("factors")) {
    JsonFields factors(*object, fields.path_of("factors"));
    language.time_factor = factors.number("time", 1, kMaxFactor).value_or(1);
    language.memory_factor = factors.number("memory", 1, kMaxFactor).value_or(1);
    if (auto checked = factors.finish(); !checked) fields.fail("factors", checked.error().message());
  }
  if (const JsonValue* object = fields.object("reserve")) {
    JsonFields reserve(*object, fields.path_of("reserve"));
    language.memory_reserve_bytes = reserve.integer("memory_bytes", 0, kMaxReserve).value_or(0);
    if (auto checked = reserve.finish(); !checked) fields.fail("reserve", checked.error().message());
  }
  language.processes = fields.integer("processes", 0, kMaxProcesses).value_or(0);
}

Result<Language> read_language(const JsonValue& value, const std::string& path) {
  JsonFields fields(value, path);
  Language language;
  fields.require("name");
  fields.require("entry");
  fields.require("run");
  language.name = text_of(fields, "name");
  language.title = text_of(fields, "title");
  language.aliases = words_of(fields, "aliases");
  language.extensions = words_of(fields, "extensions");
  language.entry = text_of(fields, "entry");
  language.compile = words_of(fields, "compile");
  language.check = words_of(fields, "check");
  language.run = words_of(fields, "run");
  language.version = words_of(fields, "version");
  language.imports = words_of(fields, "imports");
  language.warmup = words_of(fields, "warmup");
  language.env = map_of(fields, "env");
  language.prestart = map_of(fields, "prestart");
  read_factors(fields, language);
  if (!is_valid_id(language.name)) fields.fail("name", "must match [A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  if (language.run.empty()) fields.fail("run", "must hold at least the program");
  if (auto checked = fields.finish(); !checked) return std::move(checked).error();
  return language;
}

}  // namespace

std::vector<Language> read_languages(JsonFields& manifest) {
  std::vector<Language> languages;
  const JsonValue* array = manifest.array("languages");
  if (!array) return languages;
  for (const JsonValue& element : array->GetArray()) {
    auto language = read_language(element, manifest.path_of("languages") + "[" + std::to_string(languages.size()) + "]");
    if (!language) {
      manifest.fail("languages", language.error().message());
      return {};
    }
    languages.push_back(*std::move(language));
  }
  return languages;
}

bool is_named(const Language& language, std::string_view name) {
  return language.name == name || std::find(language.aliases.begin(), language.aliases.end(), name) != language.aliases.end();
}

const Language* find_language(const std::vector<Language>& languages, std::string_view name) {
  const auto found = std::find_if(languages.begin(), languages.end(), [&](const Language& language) { return is_named(language, name); });
  return found == languages.end() ? nullptr : &*found;
}

bool has_extension_of(const Language& language, std::string_view path) {
  return std::any_of(language.extensions.begin(), language.extensions.end(),
                     [&](const std::string& extension) { return path.ends_with(extension); });
}

}  // namespace mayfly
