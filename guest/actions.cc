// SPDX-License-Identifier: Apache-2.0
#include "guest/actions.h"

#include <sys/utsname.h>

#include <string>

#include "guest/fixed_work.h"

namespace mayfly::guest {
namespace {

std::string uname_text() {
  utsname system{};
  ::uname(&system);
  std::string text;
  for (const char* field :
       {system.sysname, system.nodename, system.release, system.version, system.machine}) {
    text += std::string(field) + " ";
  }
  return text + "GNU/Linux\n";
}

std::string output_of(Action action) {
  switch (action) {
    case Action::ping: return "pong\n";
    case Action::uname: return uname_text();
    case Action::work: return std::to_string(do_fixed_work()) + "\n";
    case Action::id: return "uid=0(root) gid=0(root)\n";  // whom programs run as
  }
  return {};
}

}  // namespace

ActionReply run_action(const ActionRequest& request) {
  ActionReply reply;
  reply.out = output_of(request.action);
  reply.wire_shape = request.wire_shape;
  return reply;
}

}  // namespace mayfly::guest
