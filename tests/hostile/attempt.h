// SPDX-License-Identifier: Apache-2.0
//
// One attempt of one attack, and what came of it.
#pragma once

#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace hostile {

struct Outcome {
  bool succeeded = false;
  std::string detail;  // which system call, and the name of its error; or what was gained
};

Outcome success(std::string detail);
Outcome denial(std::string why);

// By what the system call `call` returned: errno is the reason where that is negative.
Outcome judge(std::string_view call, long result);

// For calls that would harm the host if they succeeded, and so are made with an argument
// that the kernel looks at only after the permission: an error of `behind` proves that the
// permission was given.
Outcome judge_permission(std::string_view call, long result, std::initializer_list<int> behind);

// How far `call` got: success if that is as far as it was to go, else judges errno.
Outcome reached(std::string_view call, long count, long wanted);

// The name of an attack and the KEY=VALUE words that came with it. Whoever asks for a word
// that is not there ends the program with a message.
class Attempt {
 public:
  Attempt(std::string name, std::span<char* const> words);

  const std::string& text(const std::string& key) const;
  long number(const std::string& key) const;
  bool has(const std::string& key) const { return words_.contains(key); }

  // One line of JSON, without its end. It holds no ' and can be quoted for a shell.
  std::string line(const Outcome& outcome) const;
  // Writes that line to descriptor 1, in one piece. A child may do so for itself.
  void report(const Outcome& outcome) const;

 private:
  std::string name_;
  std::map<std::string, std::string> words_;
};

struct Attack {
  std::string_view name;
  Outcome (*attempt)(const Attempt&);
};

// The attacks by kind.
std::span<const Attack> execution_attacks();
std::span<const Attack> file_attacks();
std::span<const Attack> descriptor_attacks();
std::span<const Attack> entry_attacks();
std::span<const Attack> template_attacks();
std::span<const Attack> namespace_attacks();
std::span<const Attack> process_attacks();
std::span<const Attack> network_attacks();
std::span<const Attack> kernel_attacks();
std::span<const Attack> privilege_attacks();
std::span<const Attack> disk_attacks();
std::span<const Attack> resource_attacks();
std::span<const Attack> secret_attacks();

}  // namespace hostile
