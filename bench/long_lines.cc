// SPDX-License-Identifier: Apache-2.0
//
// How long the loop stands still for the longest lines that a batch takes: to read one, and to plan its task. Lines
// that are made to hurt, beside honest ones. Times are this host's; what counts is that none is many times another of
// its length.
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "plan/program.h"
#include "task/task_spec.h"

using namespace mayfly;

namespace {

constexpr std::size_t kLineBytes = 15 << 20;

struct Line {
  const char* name;
  std::string text;
};

double ms_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// `element` with its number in the place of '#', as often as there may be, and as fit into a line.
std::string repeated(const std::string& element, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < most && text.size() + element.size() < kLineBytes; ++i) {
    std::string one = element;
    if (const std::size_t at = one.find('#'); at != std::string::npos) one.replace(at, 1, std::to_string(i));
    text += (i ? "," : "") + one;
  }
  return text;
}

std::string argv_with(const std::string& more) { return R"({"argv":["x"],)" + more + "}"; }

std::vector<Line> lines() {
  const std::string text(kLineBytes, 'x');
  const std::string kilobyte(1000, 'x');
  return {
      {"one long stdin", argv_with(R"("stdin":")" + text + "\"")},
      {"stdin of escapes", argv_with(R"("stdin":")" + repeated(R"(\u0001)", kLineBytes) + "\"")},
      {"stdin in base64", argv_with(R"("stdin_base64":")" + std::string(kLineBytes / 4 * 4, 'A') + "\"")},
      {"as many values as may be", argv_with(R"("labels":{"a":[)" + repeated("0", kMaxJsonValues - 10) + "]}")},
      {"more values than may be", argv_with(R"("labels":{"a":[)" + repeated("0", kLineBytes) + "]}")},
      {"as many cases as may be",
       argv_with(R"("cases":[)" + repeated(R"({"stdin":")" + kilobyte + "\"}", kMaxCases) + "]")},
      {"as many cases, judged", R"({"language":"c","source":"","cases":[)" +
                                    repeated(R"({"stdin":")" + kilobyte + "\"}", kMaxCases) +
                                    R"(],"checker":{"language":"c","source":""}})"},
      {"ten times as many cases", argv_with(R"("cases":[)" + repeated("{}", 10 * kMaxCases) + "]")},
      {"as many files as may be",
       argv_with(R"("files":[)" + repeated(R"({"path":"f#","content":")" + kilobyte + "\"}", kMaxFiles) + "]")},
      {"variables", argv_with(R"("env":{)" + repeated(R"("k#":"")", kMaxJsonValues / 2 - 10) + "}")},
      {"unknown fields", argv_with(repeated(R"("k#":1)", kMaxJsonValues / 2 - 10))},
      {"one field, often", argv_with(repeated(R"("id":1)", kMaxJsonValues / 2 - 10))},
      {"labels", argv_with(R"("labels":{)" + repeated(R"("k#":1)", kMaxJsonValues / 2 - 10) + "}")},
      {"broken at its end", argv_with(R"("stdin":")" + text)},
  };
}

Language language() {
  Language c;
  c.name = "c";
  c.entry = "main.c";
  c.compile = {"cc", "{sources}"};
  c.run = {"{program}"};
  return c;
}

void measure(const Line& line) {
  Result<TaskSpec> spec = Error("not read");
  std::size_t programs = 0;
  const double read = ms_of([&] { spec = parse_task(line.text, 1, {}); });
  const double id = ms_of([&] { (void)id_of_line(line.text); });
  const double plan = ms_of([&] {
    if (!spec) return;
    const auto planned = plan_programs(*spec, {language()});
    if (planned) programs = planned->programs().size() + planned->cases.size();
  });
  std::printf("%-26s %9zu bytes  read %6.1f ms  its id %6.1f ms  plan %6.1f ms  %6zu programs  %s\n", line.name,
              line.text.size(), read, id, plan, programs, spec ? "" : spec.error().message().substr(0, 60).c_str());
}

}  // namespace

int main() {
  for (const Line& line : lines()) measure(line);
}
