// SPDX-License-Identifier: Apache-2.0
#include "task/task_result.h"

#include "base/json.h"
#include "helpers.h"
#include "task/task_spec.h"

namespace mayfly::test {
namespace {

JsonDocument parsed(const TaskResult& result) {
  const std::string line = to_json_line(result);
  REQUIRE(line.find('\n') == line.size() - 1);
  auto document = parse_json(line);
  REQUIRE_MESSAGE(document.ok(), line);
  return *std::move(document);
}

TaskResult sample() {
  TaskResult r;
  r.id = "t1";
  r.line = 3;
  r.ending = Ending::exited_nonzero;
  r.exit_code = 2;
  r.out = "out\n";
  r.err = "h\xc3\xa9";
  r.artifacts = {{.path = "a", .content = "text", .size = 4},
                 {.path = "b", .content = "\xff", .size = 1},
                 {.path = "c", .error = "no such file"},
                 {.path = "d", .size = 9, .file = "results/d"}};
  r.host.cpu_ns = 123;
  r.host.memory_peak_bytes = 456;
  r.host.read_bytes = 789;
  r.guest = GuestUsage{1, 2, 3, 4, 5, 6};
  r.timing = {.queue = kMillisecond, .claim = 2 * kMillisecond, .first_output = 2200 * 1000,
              .result = 2250 * 1000, .exec = 2500 * 1000, .teardown = 4 * kMillisecond, .total = kSecond};
  r.isolation = {"tcg", {"none"}, false, {}, "", {"timeout_ms"}};
  r.provenance = {"i", "k", "q"};
  r.error = TaskError{"exec", "why", "do this"};
  r.labels = R"({"k":["v",1]})";
  return r;
}

TEST_CASE("a result line holds every field of the schema") {
  const JsonDocument d = parsed(sample());
  CHECK(d["schema"].GetInt() == 1);
  CHECK(as_view(d["id"]) == "t1");
  CHECK(d["line"].GetInt() == 3);
  CHECK(as_view(d["verdict"]) == "nonzero_exit");
  CHECK(as_view(d["fault"]) == "task");
  CHECK_FALSE(d["retryable"].GetBool());
  CHECK(as_view(d["evidence"]) == "guest");
  CHECK(d["attempts"].GetInt() == 1);
  CHECK(d["exit_code"].GetInt() == 2);
  CHECK_FALSE(d.HasMember("signal"));
  CHECK(as_view(d["stdout"]) == "out\n");
  CHECK(as_view(d["stderr"]) == "h\xc3\xa9");
  CHECK_FALSE(d["truncated"].GetBool());
  CHECK(d["usage"]["host"]["cpu_ns"].GetInt() == 123);
  CHECK(d["usage"]["host"]["memory_peak_bytes"].GetInt() == 456);
  CHECK(d["usage"]["guest"]["user_ms"].GetInt() == 2);
  CHECK(d["usage"]["guest"]["max_rss_kb"].GetInt() == 4);
  CHECK(d["usage"]["guest"]["wall_ms"].GetInt() == 6);
  CHECK(d["timing"]["queue_ms"].GetDouble() == 1);
  CHECK(d["timing"]["claim_ms"].GetDouble() == 2);
  CHECK(d["timing"]["first_output_ms"].GetDouble() == 2.2);
  CHECK(d["timing"]["result_ms"].GetDouble() == 2.25);
  CHECK(d["timing"]["exec_ms"].GetDouble() == 2.5);
  CHECK(d["timing"]["teardown_ms"].GetDouble() == 4);
  CHECK(d["timing"]["total_ms"].GetDouble() == 1000);
  CHECK(as_view(d["isolation"]["accel"]) == "tcg");
  CHECK(d["isolation"]["jail"].Size() == 1);
  CHECK_FALSE(d["isolation"].HasMember("bpf"));
  CHECK(as_view(d["isolation"]["limits_enforced"][0]) == "timeout_ms");
  CHECK(as_view(d["provenance"]["kernel"]) == "k");
  CHECK(d["provenance"]["mayfly"].GetStringLength() > 0);
  CHECK(as_view(d["error"]["stage"]) == "exec");
  CHECK(as_view(d["error"]["code"]) == "exited_nonzero");
  CHECK(as_view(d["error"]["message"]) == "why");
  CHECK(as_view(d["error"]["hint"]) == "do this");
}

TEST_CASE("artifacts carry text, base64, a file's name or the reason why not") {
  const JsonDocument d = parsed(sample());
  const auto& artifacts = d["artifacts"];
  REQUIRE(artifacts.Size() == 4);
  CHECK(as_view(artifacts[0]["content"]) == "text");
  CHECK(artifacts[0]["size"].GetInt() == 4);
  CHECK(as_view(artifacts[1]["base64"]) == "/w==");
  CHECK_FALSE(artifacts[1].HasMember("content"));
  CHECK(as_view(artifacts[2]["error"]) == "no such file");
  CHECK_FALSE(artifacts[2].HasMember("size"));
  CHECK(as_view(artifacts[3]["file"]) == "results/d");
  CHECK(artifacts[3]["size"].GetInt() == 9);
  CHECK_FALSE(artifacts[3].HasMember("content"));
}

TEST_CASE("output that is not UTF-8 goes to *_base64") {
  TaskResult r = sample();
  r.out = "\xff\xfe";
  r.err = std::string("\0\x1b", 2);
  const JsonDocument d = parsed(r);
  CHECK_FALSE(d.HasMember("stdout"));
  CHECK(as_view(d["stdout_base64"]) == "//4=");
  CHECK(as_view(d["stderr"]) == std::string_view("\0\x1b", 2));
}

TEST_CASE("the machine tells where it came from and what it took") {
  TaskResult r = sample();
  CHECK_FALSE(parsed(r).HasMember("machine"));
  r.machine = MachineReport{.restored = true, .hit = true, .launch = kMillisecond, .load = 2 * kMillisecond,
                            .boot = 3 * kMillisecond, .exercise = 4 * kMillisecond};
  const JsonDocument restored = parsed(r);
  CHECK(as_view(restored["machine"]["origin"]) == "template");
  CHECK(as_view(restored["machine"]["pool"]) == "hit");
  CHECK(restored["machine"]["launch_ms"].GetDouble() == 1);
  CHECK(restored["machine"]["load_ms"].GetDouble() == 2);
  CHECK(restored["machine"]["boot_ms"].GetDouble() == 3);
  CHECK(restored["machine"]["exercise_ms"].GetDouble() == 4);
  r.machine = MachineReport{.launch = kMillisecond, .boot = 3 * kMillisecond};
  const JsonDocument booted = parsed(r);
  CHECK(as_view(booted["machine"]["origin"]) == "boot");
  CHECK(as_view(booted["machine"]["pool"]) == "miss");
  CHECK_FALSE(booted["machine"].HasMember("load_ms"));
  CHECK_FALSE(booted["machine"].HasMember("exercise_ms"));
}

TEST_CASE("labels come back as they were given") {
  const auto spec = parse_task(R"({"argv":["x"],"labels":{"a":{"b":[true,null,1.5,"\u00e9\n"]},"n":-3}})", 1, {});
  REQUIRE(spec);
  TaskResult r = sample();
  r.labels = spec->labels;
  const JsonDocument d = parsed(r);
  CHECK(d["labels"]["a"]["b"].Size() == 4);
  CHECK(as_view(d["labels"]["a"]["b"][3]) == "\xc3\xa9\n");
  CHECK(d["labels"]["n"].GetInt() == -3);
  CHECK(parsed(TaskResult{})["labels"].MemberCount() == 0);
}

TEST_CASE("a streamed result has no outputs of its own") {
  TaskResult r = sample();
  r.streamed = true;
  const JsonDocument d = parsed(r);
  CHECK_FALSE(d.HasMember("stdout"));
  CHECK_FALSE(d.HasMember("stderr"));
}

TEST_CASE("what is not known is absent, not empty or zero") {
  TaskResult r;
  r.ending = Ending::cancelled;
  const JsonDocument d = parsed(r);
  for (const std::string absent : {"id", "line", "exit_code", "signal", "error"}) {
    CAPTURE(absent);
    CHECK_FALSE(d.HasMember(absent.c_str()));
  }
  CHECK_FALSE(d["usage"].HasMember("guest"));
  CHECK(d["usage"]["host"].MemberCount() == 0);
  CHECK_FALSE(d["isolation"].HasMember("accel"));
  CHECK_FALSE(d["timing"].HasMember("first_output_ms"));
  CHECK_FALSE(d.HasMember("machine"));
  CHECK_FALSE(d["provenance"].HasMember("image"));
}

TEST_CASE("every ending makes a line with its own verdict") {
  for (int i = 0; i < kEndings; ++i) {
    TaskResult r = sample();
    r.ending = static_cast<Ending>(i);
    const JsonDocument d = parsed(r);
    CHECK(as_view(d["verdict"]) == to_string(describe(r.ending).verdict));
    CHECK(as_view(d["error"]["code"]) == describe(r.ending).name);
  }
}

TEST_CASE("a bad line becomes a result that says so") {
  const TaskResult r = spec_error_result(9, "unknown field 'x'");
  CHECK(r.verdict() == Verdict::spec_error);
  const JsonDocument d = parsed(r);
  CHECK(d["line"].GetInt() == 9);
  CHECK(d["attempts"].GetInt() == 0);
  CHECK_FALSE(d.HasMember("id"));
  CHECK(as_view(d["fault"]) == "config");
  CHECK(as_view(d["error"]["stage"]) == "spec");
  CHECK(as_view(d["error"]["message"]) == "unknown field 'x'");
}

TEST_CASE("a result of a line with hostile field names is still valid JSON") {
  std::string name = "x";
  for (int i = 0; i < 40; ++i) name += "\xc3\xa9";
  const auto spec = parse_task("{\"argv\":[\"x\"],\"" + name + "\":1}", 1, {});
  REQUIRE_FALSE(spec);
  CHECK(contains(as_view(parsed(spec_error_result(1, spec.error().message()))["error"]["message"]), "\xc3\xa9"));
}

TEST_CASE("each case says who saw its verdict and which score it has, and the task has their sum") {
  TaskResult r = sample();
  const auto add = [&r](Ending ending, std::optional<double> score) {
    CaseResult& one = r.cases.emplace_back();
    one.outcome.ending = ending;
    one.score = score;
  };
  add(Ending::expected_output, {});
  const JsonDocument without = parsed(r);
  CHECK_FALSE(without.HasMember("score"));
  CHECK_FALSE(without.HasMember("comparison"));
  CHECK_FALSE(without["cases"][0].HasMember("score"));
  add(Ending::checker_rejected, 2.5);
  add(Ending::exited_zero, 0.1);
  r.comparison = "tokens";
  const JsonDocument d = parsed(r);
  CHECK(d["score"].GetDouble() == 2.6);
  CHECK(as_view(d["comparison"]) == "tokens");
  CHECK(d["cases"][1]["score"].GetDouble() == 2.5);
  CHECK(as_view(d["cases"][0]["evidence"]) == "host");
  CHECK(as_view(d["cases"][1]["evidence"]) == "guest");
}

}  // namespace
}  // namespace mayfly::test
