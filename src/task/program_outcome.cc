// SPDX-License-Identifier: Apache-2.0
#include "task/program_outcome.h"

namespace mayfly {

std::string_view to_string(ProgramKind kind) {
  switch (kind) {
    case ProgramKind::check: return "check";
    case ProgramKind::compile: return "compile";
    case ProgramKind::make_checker:
    case ProgramKind::judge: return "checker";
    case ProgramKind::run: break;
  }
  return "exec";
}

}  // namespace mayfly
