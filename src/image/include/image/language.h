// SPDX-License-Identifier: Apache-2.0
//
// The programming languages of an image: data in its manifest, from rootfs/languages/. Nothing
// here knows a language by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fields.h"

namespace mayfly {

// A command as words, in which stand
//   {entry}    the file that the program begins in
//   {sources}  as a word of its own: all files of the language, the entry first
//   {program}  what the compiler is to make, a path without an extension
//   {heap_mib} more MiB than the program may have: for a runtime that would stop itself before its limit does
//   {stack_mib} three quarters of what it may have, but 2000 at most: for a runtime whose stack has a limit of
//               its own, and programs that go on when they have reached it
using CommandTemplate = std::vector<std::string>;

struct Language {
  std::string name;
  std::string title;  // for people, with its version: "C++20"
  std::vector<std::string> aliases;
  std::vector<std::string> extensions;  // ".cpp"
  std::string entry;                    // what the entry is called where a task gives but a text
  CommandTemplate compile;              // empty: it is run as it is
  CommandTemplate check;                // before that, if the task asks for it; empty: there is none
  CommandTemplate run;
  CommandTemplate version;
  std::map<std::string, std::string> env;  // with {heap_mib} and {stack_mib} in the values
  std::vector<std::string> warmup;  // shell commands that warm a machine for tasks in it, before it becomes a template
  // What is in the environment, beside `env`, of a `run` that is started before its task is there: it makes the
  // interpreter stop itself (SIGSTOP) before it opens the program. Empty: it cannot be started before.
  std::map<std::string, std::string> prestart;
  std::vector<std::string> imports;  // regular expressions (RE2), a line at a time; their one group is the name
  double time_factor = 1;            // on the time-outs of its programs
  double memory_factor = 1;          // on their memory
  std::int64_t memory_reserve_bytes = 0;  // that the language itself takes, beside its program
  std::int64_t processes = 0;             // likewise: threads
};

// "languages" of an image's manifest; absent: none. What is wrong is recorded in `manifest`.
std::vector<Language> read_languages(JsonFields& manifest);

// By its own name or an alias.
bool is_named(const Language& language, std::string_view name);

// nullptr: there is none of that name.
const Language* find_language(const std::vector<Language>& languages, std::string_view name);

bool has_extension_of(const Language& language, std::string_view path);

}  // namespace mayfly
