// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "commands.h"
#include "base/json.h"
#include "engine/languages.h"

namespace mayfly {
namespace {

constexpr int kNameWidth = 12, kTitleWidth = 30, kImageWidth = 12;

std::vector<OfferedLanguage> sorted_languages(const CliSettings& settings) {
  auto offered = offered_languages(settings.home, settings.image);
  std::stable_sort(offered.begin(), offered.end(),
                   [](const OfferedLanguage& a, const OfferedLanguage& b) { return a.language.name < b.language.name; });
  return offered;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

void print_table(const std::vector<OfferedLanguage>& offers) {
  for (const auto& [image, language] : offers) {
    std::printf("%-*s %-*s %-*s %s\n", kNameWidth, language.name.c_str(), kTitleWidth, language.title.c_str(), kImageWidth,
                image.c_str(), joined(language.extensions).c_str());
  }
}

void write_language(JsonWriter& w, const OfferedLanguage& offer) {
  const Language& language = offer.language;
  w.StartObject();
  write_text(w, "name", language.name);
  write_text(w, "title", language.title);
  write_text(w, "image", offer.image);
  write_text(w, "entry", language.entry);
  for (const auto& [name, words] : {std::pair("aliases", &language.aliases), {"extensions", &language.extensions},
                                    {"compile", &language.compile}, {"check", &language.check}, {"run", &language.run},
                                    {"version", &language.version}, {"imports", &language.imports}}) {
    if (!words->empty()) write_strings(w, name, *words);
  }
  w.Key("env");
  w.StartObject();
  for (const auto& [name, value] : language.env) write_text(w, name, value);
  w.EndObject();
  w.Key("factors");
  w.StartObject();
  w.Key("time");
  w.Double(language.time_factor);
  w.Key("memory");
  w.Double(language.memory_factor);
  w.EndObject();
  write_integer(w, "memory_reserve_bytes", language.memory_reserve_bytes);
  write_integer(w, "processes", language.processes);
  w.EndObject();
}

void print_json(const std::vector<OfferedLanguage>& offers) {
  JsonBuffer buffer;
  JsonWriter w(buffer);
  w.StartObject();
  write_integer(w, "schema", 1);
  w.Key("languages");
  w.StartArray();
  for (const OfferedLanguage& offer : offers) write_language(w, offer);
  w.EndArray();
  w.EndObject();
  std::cout << std::string_view(buffer.GetString(), buffer.GetSize()) << "\n";
}

}  // namespace

void add_languages_command(CLI::App& app, const CliSettings& settings, int& exit_status) {
  CLI::App* command = app.add_subcommand("languages", "Languages that programs can be in, by image");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "With all that is known of each");
  command->callback([&settings, json, &exit_status] {
    const auto offers = sorted_languages(settings);
    *json ? print_json(offers) : print_table(offers);
    exit_status = 0;
  });
}

}  // namespace mayfly
