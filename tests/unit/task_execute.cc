// SPDX-License-Identifier: Apache-2.0
// The wire shape of judges: what comes in, and what is answered to each ending.
#include "task/execute.h"

#include <doctest/doctest.h>

#include "helpers.h"

namespace mayfly {
namespace {

using test::contains;

Result<TaskSpec> parse(const std::string& line) { return parse_task(line, 1, {}); }

TEST_CASE("a request becomes a task in its language, in the sandbox") {
  const auto spec = parse(R"({"id":"s1","type":"execute","language":"python","code":"cHJpbnQoMSk=","timeout":1500,)"
                          R"("memory_limit":134217728,"stdin":"aW4="})");
  REQUIRE(spec);
  CHECK(spec->id == "s1");
  CHECK(spec->language == "python");
  CHECK(spec->source == "print(1)");
  CHECK(spec->stdin_data == "in");
  CHECK(spec->limits.timeout_ms == 1500);
  CHECK(spec->limits.memory_bytes == 134217728);
  CHECK(spec->sandbox);
  CHECK(execute_ack(*spec) == "{\"id\":\"s1\",\"type\":\"ack\"}\n");
}

TEST_CASE("a request that is wrong is refused by the field's name") {
  for (const auto& [line, word] : {std::pair{R"({"id":"a","type":"run","language":"c","code":""})", "type"},
                                   {R"({"id":"a","type":"execute","language":"c"})", "code"},
                                   {R"({"id":"a","type":"execute","code":""})", "language"},
                                   {R"({"id":"a","type":"execute","language":"c","code":"%"})", "code"},
                                   {R"({"id":"a","type":"execute","language":"c","code":"","timeout":0})", "timeout"},
                                   {R"({"id":"a","type":"execute","language":"c","code":"","argv":["x"]})", "argv"}}) {
    CAPTURE(line);
    const auto spec = parse(line);
    REQUIRE_FALSE(spec);
    CHECK(contains(spec.error().message(), word));
  }
}

TaskResult ended(Ending ending) {
  TaskResult result;
  result.id = "s1";
  result.ending = ending;
  result.out = "out";
  result.err = "err";
  return result;
}

TEST_CASE("each ending has its status, or is an error of one of three kinds") {
  for (const auto& [ending, word] : {std::pair{Ending::exited_zero, R"("status":"success")"},
                                     {Ending::exited_nonzero, R"("status":"runtime_error")"},
                                     {Ending::signalled, R"("status":"runtime_error")"},
                                     {Ending::guest_timeout, R"("status":"timeout")"},
                                     {Ending::cpu_limit, R"("status":"timeout")"},
                                     {Ending::guest_out_of_memory, R"("status":"memory_exceeded")"},
                                     {Ending::output_limit, R"("status":"runtime_error")"},
                                     {Ending::unknown_language, R"("error":"unsupported_language")"},
                                     {Ending::spec_invalid, R"("error":"invalid_request")"},
                                     {Ending::boot_timeout, R"("error":"internal_error")"},
                                     {Ending::cancelled, R"("error":"internal_error")"}}) {
    CAPTURE(describe(ending).name);
    CHECK(contains(execute_result(ended(ending)), word));
  }
}

TEST_CASE("a result has the program's outputs, times and memory; one that was not compiled has the compiler's") {
  TaskResult result = ended(Ending::exited_zero);
  result.exit_code = 0;
  result.guest = GuestUsage{.mem_kb = 2, .wall_ms = 5};
  ProgramOutcome compiler;
  compiler.exit_code = 0;
  compiler.usage = GuestUsage{.wall_ms = 7};
  compiler.err = "no";
  result.before = {{ProgramKind::compile, compiler}};
  CHECK(execute_result(result) ==
        "{\"id\":\"s1\",\"type\":\"result\",\"status\":\"success\",\"stdout\":\"b3V0\",\"stderr\":\"ZXJy\",\"exit_code\":0,"
        "\"execution_time\":5,\"memory_used\":2048,\"compilation_time\":7}\n");
  result.ending = Ending::compile_failed;
  CHECK(contains(execute_result(result), R"("status":"compilation_error","stdout":"","stderr":"bm8=")"));
  result = ended(Ending::host_timeout);
  result.timing.exec = 9 * kMillisecond;
  CHECK(contains(execute_result(result), R"("execution_time":9)"));
}

TEST_CASE("a line that is no request is told by its number") {
  TaskResult result = ended(Ending::spec_invalid);
  result.id.clear();
  result.line = 7;
  CHECK(contains(execute_result(result), R"({"type":"error","line":7,"error":"invalid_request")"));
}

}  // namespace
}  // namespace mayfly
