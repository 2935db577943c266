// SPDX-License-Identifier: Apache-2.0
#include "catalog.h"

#include <algorithm>

namespace hostile {

std::vector<Attack> all_attacks() {
  std::vector<Attack> all;
  for (const auto& kind : {execution_attacks(), file_attacks(), descriptor_attacks(), entry_attacks(), template_attacks(),
                           namespace_attacks(), process_attacks(), network_attacks(), kernel_attacks(),
                           privilege_attacks(), disk_attacks(), resource_attacks(), secret_attacks()}) {
    all.insert(all.end(), kind.begin(), kind.end());
  }
  return all;
}

const Attack* find_attack(std::string_view name) {
  static const std::vector<Attack> all = all_attacks();
  const auto found = std::ranges::find(all, name, &Attack::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace hostile
