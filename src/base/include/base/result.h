// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace mayfly {

// Why an operation failed: an errno where a system call said so (else 0), a sentence for
// the user that names what and where, and, where we know one, a hint how to mend it.
// Errors are values; a function either returns one or logs it, never both.
class Error {
 public:
  explicit Error(std::string message, int code = 0) : code_(code), message_(std::move(message)) {}

  // "<operation>: <strerror(code)>".
  static Error system(const std::string& operation, int code);

  // Puts `where` in front of the message; used on the way up, outermost context first.
  Error&& context(const std::string& where) &&;
  Error&& hint(std::string text) &&;

  int code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }

 private:
  int code_;
  std::string message_;
  std::string hint_;
};

// A value or an Error: the subset of std::expected (C++23) that mayfly needs.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace mayfly
