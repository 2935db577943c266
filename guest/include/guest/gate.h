// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "protocol/message.h"

namespace mayfly::guest {

// Who may ask: closed until the first `resume`, which brings the machine's token; after that
// each request must carry it. A later `resume` carries the old token and brings a new one.
class Gate {
 public:
  ~Gate() { forget(); }

  // What to answer if the request is turned away; nullopt if it may pass.
  std::optional<ErrorReply> check(const Request& request) const;
  void set_token(std::string token);

 private:
  void forget();

  std::string token_;
};

}  // namespace mayfly::guest
