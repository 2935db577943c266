// SPDX-License-Identifier: Apache-2.0
// Sequences that are made as they are asked for: Collatz's longest below 1000, ten primes, a Fibonacci number.
#include <coroutine>
#include <cstdio>
#include <exception>

class Sequence {
 public:
  struct promise_type {
    long value = 0;
    Sequence get_return_object() { return Sequence(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(long next) { value = next; return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  explicit Sequence(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Sequence(const Sequence&) = delete;
  ~Sequence() { handle_.destroy(); }
  bool next() { handle_.resume(); return !handle_.done(); }
  long value() const { return handle_.promise().value; }

 private:
  std::coroutine_handle<promise_type> handle_;
};

Sequence collatz(long n) {
  while (n != 1) {
    n = n % 2 == 0 ? n / 2 : 3 * n + 1;
    co_yield n;
  }
}

Sequence primes() {
  for (long n = 2;; ++n) {
    long divisor = 2;
    while (n % divisor != 0) ++divisor;
    if (divisor == n) co_yield n;
  }
}

Sequence fibonacci() {
  for (long a = 0, b = 1;; b += a, a = b - a) co_yield a;
}

int length(long n) {
  int count = 0;
  for (Sequence sequence = collatz(n); sequence.next();) ++count;
  return count;
}

int main() {
  long longest = 1, sum = 0;
  for (long n = 1; n < 1000; ++n) {
    if (length(n) > length(longest)) longest = n;
  }
  Sequence all = primes(), growing = fibonacci();
  for (int i = 0; i < 10; ++i) sum += all.next() ? all.value() : 0;
  while (growing.next() && growing.value() <= 1000) {}
  std::printf("%ld %d\n%ld\n%ld\n", longest, length(longest), sum, growing.value());
}
