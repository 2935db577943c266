// SPDX-License-Identifier: Apache-2.0
// Odd tasks, thousands of them, made of odd values for every field: no line does harm, and what is refused is said.
#include <random>

#include "fuzz/task_checks.h"
#include "helpers.h"

namespace mayfly::test {
namespace {

using Words = std::vector<std::string>;

// A repeated word, in quotes.
std::string long_text(std::size_t size, const std::string& of = "x") {
  std::string text = "\"";
  while (text.size() < size) text += of;
  return text + "\"";
}

// JSON values that are wrong nearly everywhere, and some that are not.
const Words kAnything = {"null",
                         "true",
                         "false",
                         "0",
                         "-1",
                         "1.5",
                         "1e308",
                         "99999999999999999999",
                         "\"\"",
                         "[]",
                         "{}",
                         "[[]]",
                         "{\"a\":1}",
                         "\"\\u0000\"",
                         "\"\\ud83d\\ude00\"",
                         "\"\\u009b\"",
                         "\"\\\\\"",
                         "\"\\u007f\""};
const Words kTexts = {"\"x\"",
                      "\"\"",
                      "\"-x\"",
                      "\"ä\"",
                      "\"a b\"",
                      "\"\\n\"",
                      "\"%s{entry}\"",
                      "\"$HOME\"",
                      long_text(200'000),
                      long_text(9000, "\\u0001")};
const Words kPaths = {"\"a\"",
                      "\"./a\"",
                      "\"a//b\"",
                      "\"../a\"",
                      "\"a/../b\"",
                      "\"/\"",
                      "\".\"",
                      "\"\"",
                      "\"a/\"",
                      "\"/etc/passwd\"",
                      "\"/proc/self/mem\"",
                      "\"-a.c\"",
                      "\"main.c\"",
                      "\"main.py\"",
                      "\"json.py\"",
                      "\".program\"",
                      "\"/checker/answer\"",
                      "\"~/x\"",
                      "\"/sys/fs/cgroup/x\"",
                      "\"a\\u0000b\"",
                      long_text(300),
                      long_text(5000, "d/")};
const Words kIds = {"\"a\"", "\"a-1._\"", "\"bad id!\"", "\"../x\"",    "\"\"",
                    "\"-\"", "7",         long_text(64), long_text(70), "\"\\u001b[2J\""};
const Words kNumbers = {"0",         "1",         "-1",
                        "2",         "65536",     "4194304",
                        "4194303",   "67108864",  "1099511627776",
                        "604800000", "604800001", "9007199254740993",
                        "0.01",      "64",        "65",
                        "1e3",       "\"1\"",     "null"};
const Words kModes = {"\"0644\"", "\"7777\"", "\"0\"", "\"\"", "\"888\"", "\"00644\"", "420"};
const Words kFlags = {"true", "false", "1", "\"true\"", "null"};
const Words kBase64 = {"\"YQ==\"", "\"\"", "\"YQ=\"", "\"/w==\"", "\"????\"", "7"};

class OddTasks {
 public:
  explicit OddTasks(unsigned seed) : random_(seed) {}

  std::string line() {
    std::string line = object({{one_in(2) ? program() : member("argv", list(kTexts))}, {fields()}});
    if (one_in(20)) line.erase(number(line.size()));
    if (one_in(20)) line.insert(number(line.size()), 1, static_cast<char>(number(256)));
    return line;
  }

 private:
  std::size_t number(std::size_t below) { return below ? random_() % below : 0; }
  bool one_in(std::size_t times) { return number(times) == 0; }
  // Mostly of its own kind.
  std::string one_of(const Words& words) {
    return one_in(12) ? kAnything[number(kAnything.size())] : words[number(words.size())];
  }
  static std::string member(const std::string& name, const std::string& value) { return "\"" + name + "\":" + value; }
  static std::string object(const Words& members) {
    std::string text;
    for (const std::string& m : members) text += (text.empty() || m.empty() ? "" : ",") + m;
    return "{" + text + "}";
  }
  std::string list(const Words& of) {
    std::string text;
    for (std::size_t i = 0, many = number(4); i <= many; ++i) text += (i ? "," : "") + one_of(of);
    return "[" + text + "]";
  }
  std::string maybe(const std::string& name, const std::string& value) { return one_in(3) ? member(name, value) : ""; }

  std::string program() {
    const Words languages = {"\"c\"", "\"python\"", "\"cobol\""};
    if (one_in(8))
      return object_body({member("type", "\"execute\""), member("id", "\"e\""), member("language", one_of(languages)),
                          member("code", one_of(kBase64)), maybe("timeout", one_of(kNumbers)),
                          maybe("memory_limit", one_of(kNumbers))});
    return object_body({member("language", one_of(languages)), maybe("source", one_of(kTexts)),
                        maybe("entry", one_of(kPaths)), maybe("check", one_of(kFlags)),
                        maybe("report_imports", one_of(kFlags)), maybe("args", list(kTexts))});
  }
  static std::string object_body(const Words& members) {
    const std::string whole = object(members);
    return whole.substr(1, whole.size() - 2);
  }

  std::string limits() {
    Words members;
    for (const LimitRow& row : limit_table()) {
      if (one_in(6))
        members.push_back(member(
            std::string(row.field),
            one_of(one_in(2) ? kNumbers : Words{to_figure(row.min), to_figure(row.max), to_figure(row.max + 1)})));
    }
    if (one_in(20)) members.push_back(member("ram", "1"));
    return object(members);
  }
  std::string file() {
    return object({member(one_in(30) ? "pth" : "path", one_of(kPaths)),
                   member(one_in(4) ? "base64" : "content", one_in(2) ? one_of(kBase64) : one_of(kTexts)),
                   maybe("mode", one_of(kModes)), one_in(20) ? member("src", one_of(kPaths)) : ""});
  }
  std::string files() { return one_in(15) ? one_of(kAnything) : "[" + file() + (one_in(2) ? "," + file() : "") + "]"; }
  std::string one_case() {
    return object({maybe("id", one_of(kIds)), maybe("stdin", one_of(kTexts)),
                   maybe("expected_stdout_base64", one_of(kBase64)), one_in(8) ? member("limits", limits()) : ""});
  }
  std::string cases() {
    return one_in(15) ? one_of(kAnything) : "[" + one_case() + (one_in(2) ? "," + one_case() : "") + "]";
  }
  std::string checker() {
    return object({member("language", "\"python\""), member("source", one_of(kTexts)),
                   one_in(10) ? member("entry", one_of(kPaths)) : "", one_in(10) ? member("files", files()) : ""});
  }

  std::string fields() {
    const bool judged = one_in(4);
    return object_body(
        {maybe("id", one_of(kIds)), one_in(6) ? member("limits", limits()) : "",
         one_in(5) ? member("files", files()) : "", one_in(4) ? member("cwd", one_of(kPaths)) : "",
         one_in(6) ? member("artifacts", list(kPaths)) : "",
         one_in(6) ? member("env", object({member("A", one_of(kTexts)), one_in(9) ? "\"=\":\"\"" : ""})) : "",
         one_in(6) ? member("sandbox", one_of(kFlags)) : "",
         judged      ? member("cases", cases())
         : one_in(4) ? member("stdin", one_of(kTexts))
                     : "",
         judged && one_in(2) ? member("checker", checker()) : "", one_in(9) ? member("permissions", list(kTexts)) : "",
         one_in(9) ? member("labels", object({member("l", one_of(kAnything))})) : "",
         one_in(9) ? member("image", one_of(kIds)) : "", one_in(30) ? member("tiemout", "1") : "",
         one_in(9) ? member("schema", one_of(kNumbers)) : ""});
  }

  std::mt19937 random_;
};

TEST_CASE("odd tasks: each becomes a task that can be run, or is refused with a reason") {
  constexpr int kMany = 5'000;
  OddTasks odd(12);
  int good = 0;
  for (int i = 0; i < kMany; ++i) {
    const std::string line = odd.line();
    const std::string wrong = checks::wrong_with_line(line);
    if (!wrong.empty()) FAIL_CHECK(wrong, ": ", line.substr(0, 2000));
    good += parse_task(line, 1, {}).ok() ? 1 : 0;
  }
  CHECK(good > kMany / 20);  // both kinds are there
  CHECK(good < kMany / 2);
}

}  // namespace
}  // namespace mayfly::test
