// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <cstring>

namespace mayfly {

Error Error::system(const std::string& operation, int code) {
  return Error(operation + ": " + std::strerror(code), code);
}

Error&& Error::context(const std::string& where) && {
  message_ = where + ": " + message_;
  return std::move(*this);
}

Error&& Error::hint(std::string text) && {
  hint_ = std::move(text);
  return std::move(*this);
}

}  // namespace mayfly
