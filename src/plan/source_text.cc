// SPDX-License-Identifier: Apache-2.0
#include "source_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace mayfly {
namespace {

// What a compiler makes is put beside the sources, by a name that none of them has.
constexpr const char* kProgram = "./.program";

// All its sources are one program: it does not matter to the compiler which of them is named first.
bool compiles_all(const Language& language) {
  return std::find(language.compile.begin(), language.compile.end(), "{sources}") != language.compile.end();
}

std::string add_entry(TaskSpec& spec, const Language& language) {
  if (spec.entry.empty()) spec.entry = language.entry;
  spec.files.push_back({spec.entry, *std::exchange(spec.source, std::nullopt)});
  return spec.entry;
}

Result<std::string> find_named(const TaskSpec& spec) {
  const auto is_it = [&spec](const TaskFile& file) { return file.path == spec.entry; };
  if (std::any_of(spec.files.begin(), spec.files.end(), is_it)) return spec.entry;
  return Error("field 'entry' names none of the files");
}

// The one that has the language's own name for it, or the only one, or any of those that make the program together.
Result<std::string> guess_entry(const TaskSpec& spec, const Language& language) {
  Words candidates;
  for (const TaskFile& file : spec.files) {
    if (!has_extension_of(language, file.path)) continue;
    if (file.path == language.entry) return file.path;
    candidates.push_back(file.path);
  }
  if (candidates.empty()) return Error("no file is " + language.name + ", and there is no field 'source'");
  if (candidates.size() == 1 || compiles_all(language)) return candidates.front();
  return Error("several files are " + language.name + ": field 'entry' must say which one the program begins in");
}

// A path that begins with '-' would be taken for an option.
std::string as_operand(const std::string& path) { return path.starts_with("-") ? "./" + path : path; }

std::string replaced(std::string word, std::string_view mark, const std::string& by) {
  for (std::size_t at = 0; (at = word.find(mark, at)) != std::string::npos; at += by.size()) word.replace(at, mark.size(), by);
  return word;
}

// V8 counts the bytes of a stack in an int.
constexpr std::int64_t kLargestStackMib = 2000;

// One number for all tasks up to the default, as a program is given what was started before it only if the words are the same.
std::int64_t most_mib(std::int64_t memory_bytes) { return std::max(memory_bytes, kDefaultMemoryBytes) >> 20; }

}  // namespace

Result<std::string> find_entry(TaskSpec& spec, const Language& language) {
  if (spec.source) return add_entry(spec, language);
  return spec.entry.empty() ? guess_entry(spec, language) : find_named(spec);
}

Words sources_of(const TaskSpec& spec, const Language& language, const std::string& entry) {
  Words sources{entry};
  for (const TaskFile& file : spec.files) {
    if (file.path != entry && has_extension_of(language, file.path)) sources.push_back(file.path);
  }
  return sources;
}

std::string fill_in(std::string text, std::int64_t memory_bytes) {
  const std::int64_t most = most_mib(memory_bytes);
  text = replaced(std::move(text), "{heap_mib}", std::to_string(most + most / 4));
  return replaced(std::move(text), "{stack_mib}", std::to_string(std::min(most - most / 4, kLargestStackMib)));
}

Words fill_in(const CommandTemplate& command, const Words& sources, std::int64_t memory_bytes) {
  Words words;
  for (const std::string& word : command) {
    if (word == "{sources}") {
      for (const std::string& source : sources) words.push_back(as_operand(source));
    } else {
      std::string filled = replaced(fill_in(word, memory_bytes), "{entry}", as_operand(sources.front()));
      words.push_back(replaced(std::move(filled), "{program}", kProgram));
    }
  }
  return words;
}

}  // namespace mayfly
