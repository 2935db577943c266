// SPDX-License-Identifier: Apache-2.0
// From one leap day to another: the days between, and its weekday; and the last day of February 2100, which is no leap year.
#include <chrono>
#include <cstdio>

int main() {
  using namespace std::chrono;
  const sys_days first = 2000y / February / 29, last = 2024y / February / 29;
  constexpr const char* kNames[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
  const year_month_day before = sys_days{2100y / March / 1} - days{1};
  std::printf("%d\n%s\n", static_cast<int>((last - first).count()), kNames[weekday{last}.c_encoding()]);
  std::printf("%d-%02u-%02u\n", int{before.year()}, unsigned{before.month()}, unsigned{before.day()});
}
