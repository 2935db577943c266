// SPDX-License-Identifier: Apache-2.0
#include "guest/gate.h"

#include <cstring>

#include "base/id.h"

namespace mayfly::guest {

std::optional<ErrorReply> Gate::check(const Request& request) const {
  if (token_.empty() && !std::holds_alternative<ResumeRequest>(request.body)) {
    return ErrorReply{Refusal::token, "the machine has no token yet: 'resume' comes first"};
  }
  if (!equal_secret(request.token, token_)) {
    return ErrorReply{Refusal::token, "the token is wrong or missing"};
  }
  return std::nullopt;
}

void Gate::set_token(std::string token) {
  forget();
  token_ = std::move(token);
}

void Gate::forget() { ::explicit_bzero(token_.data(), token_.size()); }

}  // namespace mayfly::guest
