// SPDX-License-Identifier: Apache-2.0
#include "batch/task_key.h"

#include <array>
#include <charconv>
#include <concepts>
#include <map>
#include <optional>
#include <type_traits>
#include <vector>

#include "image/digest.h"

namespace mayfly {
namespace {

// A digest over values in one canonical encoding: each with its length or its count before it, so that no two
// different sequences read the same.
//
// Structures are taken apart by structured bindings that name every member, so that one which is added later stops
// this file from compiling until it has its place here: in add(), or named as one that changes no result.
class Key {
 public:
  template <typename... Values>
  void add(const Values&... values) {
    (put(values), ...);
  }

  std::string finish() { return digest_.finish(); }

 private:
  void put_text(std::string_view text) {
    digest_.add(std::to_string(text.size()) + ":");
    digest_.add(text);
  }

  void put(const std::string& text) { put_text(text); }
  void put(const SharedBytes& bytes) { put_text(bytes.str()); }
  void put(std::integral auto number) { put_text(std::to_string(number)); }
  template <typename Name>
    requires std::is_enum_v<Name>
  void put(Name value) {
    put(static_cast<int>(value));
  }
  void put(double number) {
    std::array<char, 32> text;
    put_text({text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr});
  }

  template <typename Value>
  void put(const std::optional<Value>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <typename Value>
  void put(const std::vector<Value>& values) {
    put(values.size());
    for (const Value& value : values) put(value);
  }
  template <typename Name, typename Value>
  void put(const std::map<Name, Value>& values) {
    put(values.size());
    for (const auto& [name, value] : values) add(name, value);
  }

  void put(const Limits& limits) {
    const auto& [timeout_ms, output_bytes, memory_bytes, cpus, cpu_ms, disk_bytes, io_bytes_per_s, compile_ms, total_ms,
                 file_bytes, processes, open_files, stdout_bytes, stderr_bytes] = limits;
    add(timeout_ms, output_bytes, memory_bytes, cpus, cpu_ms, disk_bytes, io_bytes_per_s, compile_ms, total_ms,
        file_bytes, processes, open_files, stdout_bytes, stderr_bytes);
  }
  void put(const TaskFile& file) {
    const auto& [path, content, mode] = file;
    add(path, content, mode);
  }
  void put(const TaskCase& test) {
    const auto& [id, stdin_data, expected_stdout, timeout_ms, memory_bytes] = test;
    add(id, stdin_data, expected_stdout, timeout_ms, memory_bytes);
  }
  void put(const Comparison& comparison) {
    const auto& [mode, case_sensitive, absolute, relative] = comparison;
    add(mode, case_sensitive, absolute, relative);
  }
  void put(const TaskChecker& checker) {
    const auto& [language, protocol, source, entry, files, args, timeout_ms, memory_bytes] = checker;
    add(language, protocol, source, entry, files, args, timeout_ms, memory_bytes);
  }
  void put(const TaskSpec& spec) {
    const auto& [id, line, image, bin, args, language, source, entry, sandbox, check, cases, comparison, checker,
                 report_imports, stop_at_failure, env, cwd, stdin_data, stdin_stream, files, absolute_files, artifacts,
                 permissions, limits, labels, held_bytes] = spec;
    static_cast<void>(line);  // a task that has moved is the same task
    static_cast<void>(held_bytes);
    add(id, image, bin, args, language, source, entry, sandbox, check, cases, comparison, checker, report_imports,
        stop_at_failure, env, cwd, stdin_data, stdin_stream, files, absolute_files, artifacts, permissions, limits, labels);
  }
  void put(const TaskConditions& conditions) {
    const auto& [image, time_factor, prestart] = conditions;
    add(image, time_factor, prestart);
  }
  void put(const Platform& platform) {
    const auto& [mayfly, kernel, agent, qemu, accelerator] = platform;
    add(mayfly, kernel, agent, qemu, accelerator);
  }

  Sha256 digest_;
};

}  // namespace

std::string task_key(const TaskSpec& spec, const TaskConditions& conditions) {
  Key key;
  key.add(spec, conditions);
  return key.finish();
}

std::string platform_key(const Platform& platform) {
  Key key;
  key.add(platform);
  return key.finish();
}

}  // namespace mayfly
