// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "forgery.h"

namespace forger {
namespace {

std::vector<Forgery> all_forgeries() {
  std::vector<Forgery> all;
  for (const auto& kind : {exit_forgeries(), output_forgeries(), refusal_forgeries(), file_forgeries(),
                           stream_forgeries(), machine_forgeries()}) {
    all.insert(all.end(), kind.begin(), kind.end());
  }
  return all;
}

std::string with_id(std::string_view text, std::int64_t id) {
  std::string out;
  for (const char c : text) out += c == kIdMark ? std::to_string(id) : std::string(1, c);
  return out + '\n';
}

}  // namespace

bool commit(std::string_view name, Host& host, std::int64_t id) {
  const auto all = all_forgeries();
  if (const auto found = std::ranges::find(all, name, &Forgery::name); found != all.end()) {
    found->commit(host, id);
    return true;
  }
  const auto line = std::ranges::find(garbled_lines(), name, &Line::name);
  if (line == garbled_lines().end()) return false;
  host.say(with_id(line->text, id));
  return true;
}

std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names;
  for (const Forgery& forgery : all_forgeries()) names.push_back(forgery.name);
  for (const Line& line : garbled_lines()) names.push_back(line.name);
  return names;
}

}  // namespace forger
