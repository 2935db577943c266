// SPDX-License-Identifier: Apache-2.0
#include "runner/limit_words.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>

namespace mayfly {
namespace {

// Of each output: a program says last why it ends.
constexpr std::size_t kMostSearched = 64 << 10;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool says(std::string_view text, std::string_view words) {
  text.remove_prefix(text.size() - std::min(text.size(), kMostSearched));
  return std::search(text.begin(), text.end(), words.begin(), words.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

// As the C library words an error, whatever the language makes of it.
template <std::size_t N>
bool says_any(const ProgramOutcome& outcome, const std::array<std::string_view, N>& all) {
  return std::any_of(all.begin(), all.end(), [&](std::string_view words) {
    return says(outcome.err, words) || says(outcome.out, words);
  });
}

constexpr std::array<std::string_view, 3> kFileTooLarge = {"file size limit exceeded",
                                                           "file too large", "efbig"};
constexpr std::array<std::string_view, 2> kTooManyFiles = {"too many open files", "emfile"};

}  // namespace

std::string who(ProgramKind kind) {
  switch (kind) {
    case ProgramKind::run: return "the program";
    case ProgramKind::judge: return "the checker";
    default: return "the compiler";
  }
}

std::string size_words(std::int64_t bytes) {
  return bytes > 0 && bytes % (1 << 20) == 0 ? std::to_string(bytes >> 20) + " MiB"
                                             : std::to_string(bytes) + " bytes";
}

std::string limit_met(const TaskProgram& program, const ProgramOutcome& outcome) {
  if (!program.exec.sandbox ||
      (outcome.ending != Ending::exited_nonzero && outcome.ending != Ending::signalled))
    return "";
  const Sandbox& limits = *program.exec.sandbox;
  const std::string met = who(program.kind) + " met a limit: ";
  if (limits.file_bytes > 0 && (outcome.signal == SIGXFSZ || says_any(outcome, kFileTooLarge))) {
    return met + "one file may have " + size_words(limits.file_bytes) + " (file_bytes)";
  }
  if (outcome.out_of_processes)
    return met + "it may have " + std::to_string(limits.processes) +
           " processes and threads at one time (processes)";
  if (limits.open_files > 0 && says_any(outcome, kTooManyFiles)) {
    return met + "each process may have " + std::to_string(limits.open_files) +
           " files open (open_files)";
  }
  return "";
}

}  // namespace mayfly
