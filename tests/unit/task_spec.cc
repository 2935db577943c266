// SPDX-License-Identifier: Apache-2.0
#include "task/task_spec.h"

#include "base/encoding.h"
#include "base/json.h"
#include "helpers.h"
#include "runner/task_runner.h"

namespace mayfly::test {
namespace {

TaskSpec parsed(std::string_view json, std::int64_t line = 7) {
  auto spec = parse_task(json, line, {});
  REQUIRE_MESSAGE(spec.ok(), spec.error().message());
  return *std::move(spec);
}

TEST_CASE("the smallest task has the documented defaults") {
  const TaskSpec spec = parsed(R"({"argv":["true"]})");
  CHECK(spec.id == "line-7");
  CHECK(spec.line == 7);
  CHECK(spec.image == "base");
  CHECK(spec.bin == "true");
  CHECK(spec.args.empty());
  CHECK(spec.cwd == "/work");
  CHECK(spec.env == default_environment());
  CHECK(spec.stdin_data.empty());
  CHECK_FALSE(spec.permissions.has_value());
  CHECK(spec.labels == "{}");
  CHECK(spec.limits.timeout_ms == 60'000);
  CHECK(spec.limits.memory_bytes == 512LL << 20);
  CHECK(spec.limits.output_bytes == 16LL << 20);
  CHECK(spec.limits.cpus == 1);
}

TEST_CASE("a task with everything") {
  const TaskSpec spec = parsed(R"({"schema":1,"id":"t-1","argv":["sh","-c","x"],"stdin":"in",
      "env":{"A":"1","PATH":"/bin"},"cwd":"/tmp/x","image":"python","permissions":["sh"],
      "files":[{"path":"a","content":"c"}],"artifacts":["out","/abs"],"labels":{"k":[1,"v"]},
      "limits":{"timeout_ms":5,"compile_ms":6,"cpu_ms":7,"cpus":1.5,"memory_bytes":67108864,
      "disk_bytes":8,"io_bytes_per_s":65536,"processes":10,"open_files":11,"stdout_bytes":12,
      "stderr_bytes":13,"output_bytes":0}})");
  CHECK(spec.id == "t-1");
  CHECK(spec.args == std::vector<std::string>{"-c", "x"});
  CHECK(spec.stdin_data == "in");
  CHECK(spec.env.at("A") == "1");
  CHECK(spec.env.at("PATH") == "/bin");
  CHECK(spec.cwd == "/tmp/x");
  CHECK(spec.image == "python");
  CHECK(spec.permissions == std::vector<std::string>{"sh"});
  CHECK(spec.files.size() == 1);
  CHECK(spec.artifacts == std::vector<std::string>{"out", "/abs"});
  CHECK(spec.labels == R"({"k":[1,"v"]})");
  CHECK(spec.limits.timeout_ms == 5);
  CHECK(spec.limits.compile_ms == 6);
  CHECK(spec.limits.cpu_ms == 7);
  CHECK(spec.limits.cpus == 1.5);
  CHECK(spec.limits.memory_bytes == 64LL << 20);
  CHECK(spec.limits.disk_bytes == 8);
  CHECK(spec.limits.io_bytes_per_s == 65536);
  CHECK(spec.limits.processes == 10);
  CHECK(spec.limits.open_files == 11);
  CHECK(spec.limits.stdout_bytes == 12);
  CHECK(spec.limits.stderr_bytes == 13);
  CHECK(spec.limits.output_bytes == 0);
}

TEST_CASE("the short request is a task as it stands") {
  const TaskSpec spec = parsed(
      R"({"cmd":"exec","bin":"gcc","args":["-o","x"],"env":{"A":"b"},"cwd":"/w","timeout":30000})");
  CHECK(spec.bin == "gcc");
  CHECK(spec.args == std::vector<std::string>{"-o", "x"});
  CHECK(spec.cwd == "/w");
  CHECK(spec.limits.timeout_ms == 30'000);
  CHECK(parsed(R"({"bin":"true"})").args.empty());
}

TEST_CASE("stdin may be bytes") {
  CHECK(parsed(R"({"argv":["x"],"stdin_base64":"/w=="})").stdin_data == "\xff");
}

TEST_CASE("defaults of the command line hold until the task says otherwise") {
  SpecDefaults defaults;
  defaults.image = "python";
  defaults.limits.timeout_ms = 1;
  defaults.limits.cpus = 4;
  const auto spec = parse_task(R"({"argv":["x"],"limits":{"cpus":2}})", 1, defaults);
  REQUIRE(spec);
  CHECK(spec->image == "python");
  CHECK(spec->limits.timeout_ms == 1);
  CHECK(spec->limits.cpus == 2);
}

TEST_CASE("each bad field is named") {
  const Malformed kCases[] = {
      {"", "not JSON"},
      {"[]", "the record must be an object"},
      {R"({"argv":["x"]} x)", "not JSON"},
      {R"({})", "'argv' (or 'bin', or 'language') is missing"},
      {R"({"argv":[]})", "'argv' must hold at least the program"},
      {R"({"argv":"x"})", "'argv' must be an array"},
      {R"({"argv":["x",1]})", "'argv' must hold strings only; element 1"},
      {R"({"argv":["x"],"bin":"x"})", "'argv' excludes 'bin' and 'args'"},
      {R"({"argv":["x"],"args":[]})", "'argv' excludes 'bin' and 'args'"},
      {R"({"args":["x"]})", "'argv' (or 'bin', or 'language') is missing"},
      {R"({"bin":1})", "'bin' must be a string"},
      {R"({"bin":"x","args":{}})", "'args' must be an array"},
      {R"({"bin":"x","cmd":"run"})", "'cmd' must be 'exec'"},
      {R"({"argv":[""]})", "name is empty"},
      {R"({"argv":["a\u0000b"]})", "NUL"},
      {R"({"argv":["a","b\u0000"]})", "NUL"},
      {R"({"argv":["x"],"schema":2})", "'schema' must be an integer from 1 to 1"},
      {R"({"argv":["x"],"id":""})", "'id' must match"},
      {R"({"argv":["x"],"id":"../x"})", "'id' must match"},
      {R"({"argv":["x"],"id":7})", "'id' must be a string"},
      {R"({"argv":["x"],"image":"a/b"})", "'image' must match"},
      {R"({"argv":["x"],"image":null})", "'image' must be a string"},
      {R"({"argv":["x"],"cwd":"work"})", "'cwd' must be an absolute path"},
      {R"({"argv":["x"],"cwd":""})", "'cwd' must be a non-empty path"},
      {R"({"argv":["x"],"cwd":"/a\u0000"})", "NUL"},
      {R"({"argv":["x"],"env":[]})", "'env' must be an object"},
      {R"({"argv":["x"],"env":{"A":1}})", "'env.A' must be a string"},
      {R"({"argv":["x"],"env":{"":"1"}})", "'env' has a name"},
      {R"({"argv":["x"],"env":{"A=B":"1"}})", "'env' has a name"},
      {R"({"argv":["x"],"env":{"A\u0000":"1"}})", "'env' has a name"},
      {R"({"argv":["x"],"env":{"A":"1\u0000"}})", "'env' must hold UTF-8 without NUL"},
      {R"({"argv":["x"],"stdin":1})", "'stdin' must be a string"},
      {R"({"argv":["x"],"stdin_base64":"?"})", "'stdin_base64' is not base64"},
      {R"({"argv":["x"],"stdin":"","stdin_base64":""})", "exclude each other"},
      {R"({"argv":["x"],"timeout":0})", "'timeout' must be an integer"},
      {R"({"argv":["x"],"limits":5})", "'limits' must be an object"},
      {R"({"argv":["x"],"limits":{"timeout_ms":0}})", "'limits.timeout_ms' must be an integer"},
      {R"({"argv":["x"],"limits":{"timeout_ms":604800001}})", "'limits.timeout_ms' must be an integer"},
      {R"({"argv":["x"],"limits":{"memory_bytes":1}})", "'limits.memory_bytes' must be an integer"},
      {R"({"argv":["x"],"limits":{"cpus":0}})", "'limits.cpus' must be a number"},
      {R"({"argv":["x"],"limits":{"cpus":65}})", "'limits.cpus' must be a number"},
      {R"({"argv":["x"],"limits":{"output_bytes":-1}})", "'limits.output_bytes' must be an integer"},
      {R"({"argv":["x"],"limits":{"processes":0}})", "'limits.processes' must be an integer"},
      {R"({"language":"c","argv":["x"]})", "'language' excludes 'argv' and 'bin'"},
      {R"({"argv":["x"],"source":"x"})", "'source' needs 'language'"},
      {R"({"argv":["x"],"check":true})", "'check' needs 'language'"},
      {R"({"argv":["x"],"sandbox":false,"cases":[{}]})", "'sandbox' must not be false with 'cases'"},
      {R"({"argv":["x"],"files":[{"path":"/etc/x","content":""}]})", "files[0].path"},
      {R"({"argv":["x"],"cases":[]})", "'cases' must hold at least one"},
      {R"({"argv":["x"],"stdin":"x","cases":[{}]})", "'stdin' is each case's own"},
      {R"({"argv":["x"],"cases":[{},{"out":""}]})", "unknown field 'cases[1].out'"},
      {R"({"argv":["x"],"cases":[{"limits":{"timeout_ms":0}}]})", "timeout_ms"},
      {R"({"argv":["x"],"limits":{"ram":1}})", "unknown field 'limits.ram'"},
      {R"({"argv":["x"],"files":{}})", "'files' must be an array"},
      {R"({"argv":["x"],"artifacts":"a"})", "'artifacts' must be an array"},
      {R"({"argv":["x"],"artifacts":[""]})", "'artifacts[0]' must be a non-empty path"},
      {R"({"argv":["x"],"artifacts":["a\u0000"]})", "'artifacts[0]' must be a path in UTF-8"},
      {R"({"argv":["x"],"permissions":"x"})", "'permissions' must be an array"},
      {R"({"argv":["x"],"labels":[]})", "'labels' must be an object"},
      {R"({"argv":["x"],"tiemout":1,"colour":2})", "unknown field 'tiemout' (did you mean 'timeout'?), 'colour'"},
      {R"({"argv":["x"],"timeout_ms":1})", "unknown field 'timeout_ms' (it belongs in 'limits')"},
      {R"({"argv":["x"],"id":"a","id":"b"})", "'id' is given twice"},
      {R"({"argv":["x"],"id":"bad id!"})", "'id' must match [A-Za-z0-9][A-Za-z0-9._-]{0,63}, and is 'bad id!'"},
      {R"({"argv":["x"],"id":"\u001b[2J"})", "and is '\\x1b[2J'"},
      {R"({"argv":["x"],"cases":[{"id":"a/b"}]})", "'cases[0].id' must match"},
      {R"({"argv":["x"],"cases":[{"id":"\u009b"}]})", "'cases[0].id' must match"},
      {R"({"argv":["x"],"cases":[{"id":"a"},{},{"id":"a"}]})", "'cases[2].id' is 'a', as that of cases[0]"},
      {R"({"argv":["x"],"cases":[{"id":"2"},{}]})", "'cases[1].id' is '2'"},
      {R"({"argv":["x"],"cases":[{"id":"a","id":"b"}]})", "'cases[0].id' is given twice"},
      {R"({"argv":["x"],"cases":[{"limits":{"timeout":1}}]})", "unknown field 'cases[0].limits.timeout'"},
      {R"({"argv":["x"],"env":{"A":"1","A":"2"}})", "'env' has 'A' twice"},
      {R"({"argv":["x"],"labels":{"a":[{"b":1,"b":2}]}})", "'labels' has 'b' twice"},
      {R"({"argv":["x"],"limits":{"cpu_ms":604800001}})", "'limits.cpu_ms' must be an integer"},
      {R"({"argv":["x"],"limits":{"processes":1048577}})", "'limits.processes' must be an integer"},
      {R"({"language":"c","source":"","cases":[{}],"checker":{"language":"c","sorce":""}})",
       "unknown field 'checker.sorce' (did you mean 'source'?)"},
      {R"({"language":"c","source":"","cases":[{}],"checker":{"language":"c","files":[{"path":"a","contents":""}]}})",
       "unknown field 'checker.files[0].contents' (did you mean 'content'?)"},
  };
  for (const Malformed& c : kCases) {
    CAPTURE(c.json);
    const std::string message = message_of(parse_task(c.json, 1, {}));
    CAPTURE(message);
    CHECK(contains(message, c.said));
    CHECK(is_utf8(message));
  }
}

TEST_CASE("how outputs are compared: a mode's name, or an object with what it needs") {
  const auto read = [](const std::string& comparison, const std::string& more = R"("cases":[{}])") {
    return parse_task(R"({"argv":["x"],"comparison":)" + comparison + (more.empty() ? "" : "," + more) + "}", 1, {});
  };
  for (const auto& [name, mode] : {std::pair{"exact", Comparison::Mode::exact}, {"lines", Comparison::Mode::lines}, {"tokens", Comparison::Mode::tokens}}) {
    for (const std::string& text : {"\"" + std::string(name) + "\"", R"({"mode":")" + std::string(name) + "\"}"}) {
      const auto spec = read(text);
      CAPTURE(text);
      CAPTURE(spec ? "" : spec.error().message());
      REQUIRE(spec.ok());
      CHECK(spec->comparison.mode == mode);
      CHECK(spec->comparison.case_sensitive);
    }
  }
  const auto floats = read(R"({"mode":"float","absolute":1e-6,"relative":0.5,"case_sensitive":false})");
  REQUIRE(floats.ok());
  CHECK(floats->comparison.mode == Comparison::Mode::floats);
  CHECK(floats->comparison.absolute == 1e-6);
  CHECK(floats->comparison.relative == 0.5);
  CHECK_FALSE(floats->comparison.case_sensitive);
  const auto refused = [&](const std::string& comparison, const char* why, const std::string& more = R"("cases":[{}])") {
    CAPTURE(comparison);
    const auto spec = read(comparison, more);
    REQUIRE_FALSE(spec.ok());
    CAPTURE(spec.error().message());
    CHECK(contains(spec.error().message(), why));
  };
  refused(R"("fuzzy")", "exact, lines, tokens, float");
  refused(R"("float")", "needs tolerances");
  refused(R"({"mode":"float"})", "'relative' is missing");
  refused(R"({"mode":"float","absolute":-1})", "comparison.absolute");
  refused(R"({"mode":"lines","absolute":1})", "unknown field 'comparison.absolute'");
  refused(R"({"mode":"exact","case_sensitive":false})", "unknown field 'comparison.case_sensitive'");
  refused(R"({"absolute":1})", "'comparison.mode' is missing");
  refused("3", "must be an object");
  refused(R"("tokens")", "needs 'cases'", "");
  refused(R"("tokens")", "exclude each other", R"("cases":[{}],"checker":{"language":"c","source":"x"})");
}

TEST_CASE("the protocol of a checker") {
  const auto read = [](const std::string& protocol) {
    return parse_task(R"({"argv":["x"],"cases":[{}],"checker":{"language":"c","source":"x")" + protocol + "}}", 1, {});
  };
  for (const auto& [text, protocol] : {std::pair{"", CheckerProtocol::plain}, {R"(,"protocol":"plain")", CheckerProtocol::plain},
                                       {R"(,"protocol":"testlib")", CheckerProtocol::testlib}, {R"(,"protocol":"kattis")", CheckerProtocol::kattis}}) {
    const auto spec = read(text);
    REQUIRE(spec.ok());
    CHECK(spec->checker->protocol == protocol);
  }
  const auto refused = read(R"(,"protocol":"icpc")");
  REQUIRE_FALSE(refused.ok());
  CHECK(contains(refused.error().message(), "plain, testlib, kattis"));
}

TEST_CASE("a spec of the command line must be UTF-8 too, for the channel carries nothing else") {
  TaskSpec good = parsed(R"({"argv":["x"]})");
  CHECK(validate(good));
  for (const std::string_view bad : {std::string_view("\xff"), std::string_view("a\0b", 3)}) {
    TaskSpec spec = good;
    SUBCASE("bin") { spec.bin = bad; }
    SUBCASE("args") { spec.args = {"ok", std::string(bad)}; }
    SUBCASE("env") { spec.env["A"] = bad; }
    SUBCASE("env's names") { spec.env[std::string(bad)] = "1"; }
    SUBCASE("cwd") { spec.cwd = "/" + std::string(bad); }
    SUBCASE("files") { spec.files = {{std::string(bad), "", 0644}}; }
    SUBCASE("artifacts") { spec.artifacts = {std::string(bad)}; }
    CHECK(contains(message_of(validate(spec)), "UTF-8"));
  }
}

TEST_CASE("the id of a broken line is found where it has a valid one") {
  const std::string with[] = {R"({"id":"t-1","argv":7,"x":0})", R"({"argv":["echo", "id":"t-2"]}, "id" : "t-1")",
                              R"({"id":"t-1","argv":["echo")",
                              R"( {"argv":["\"id\":\"no\"","{"],"x":{"id":"no"},"id":"t-1",,})",
                              R"({"x":"id","id":"t-1"} {)", R"({"id":"\u0074\u002d1",})"};
  for (const std::string& line : with) {
    CAPTURE(line);
    CHECK(id_of_line(line) == (line.find("t-2") == std::string::npos ? "t-1" : ""));
  }
  for (const std::string none :
       {"", "{", "[]", "7", "{}", R"({"id":7})", R"({"id":"../x"})", R"({"id":""})", R"(["id":"x"])", R"({"id":"x)",
        R"({"id")", R"({"id":)", R"({"a":{"id":"x"}})", R"({"id":"a\u002fb",})", R"({"id":"a\ub",})", R"({"\)", R"("id":"x")"}) {
    CAPTURE(none);
    CHECK(id_of_line(none).empty());
  }
}

TEST_CASE("numbers of cases, files and artifacts are bounded, and so are the bytes of files") {
  const auto list = [](std::size_t many, const std::string& element) {
    std::string all;
    for (std::size_t i = 0; i < many; ++i) all += (i ? "," : "") + element;
    return "[" + all + "]";
  };
  const auto said = [&](const std::string& field, std::size_t many, const std::string& element) {
    return message_of(parse_task(R"({"argv":["x"],")" + field + "\":" + list(many, element) + "}", 1, {}));
  };
  CHECK(contains(said("cases", kMaxCases + 1, "{}"), "field 'cases' holds 10001, and may hold 10000"));
  CHECK(contains(said("files", kMaxFiles + 1, "{}"), "field 'files' holds 10001, and may hold 10000"));
  CHECK(contains(said("artifacts", kMaxArtifacts + 1, "\"a\""), "field 'artifacts' holds 1001, and may hold 1000"));
  std::string variables;
  for (std::size_t i = 0; i <= kMaxVariables; ++i) variables += (i ? ",\"" : "\"") + std::to_string(i) + "\":\"\"";
  CHECK(contains(message_of(parse_task(R"({"argv":["x"],"env":{)" + variables + "}}", 1, {})), "field 'env' holds 10001, and may hold 10000"));
  CHECK(parse_task(R"({"argv":["x"],"cases":)" + list(kMaxCases, "{}") + "}", 1, {}));
}

TEST_CASE("a task knows about how much memory it takes") {
  const std::string line = R"({"argv":["x"],"files":[{"path":"a","content":"12345"}]})";
  CHECK(parse_task(line, 1, {})->held_bytes == static_cast<std::int64_t>(line.size()) + 5);
}

TEST_CASE("permissions: absent allows all, empty denies all, else bin as written or its path") {
  TaskSpec spec = parsed(R"({"argv":["gcc"]})");
  CHECK(is_permitted(spec.permissions, spec.bin));
  spec.permissions.emplace();
  CHECK_FALSE(is_permitted(spec.permissions, spec.bin));
  spec.permissions = {"python3", "/usr/bin/gcc"};
  CHECK(is_permitted(spec.permissions, spec.bin));  // the agent resolves it and checks again
  spec.permissions = {"gcc"};
  CHECK(is_permitted(spec.permissions, spec.bin));
  spec.permissions = {"/usr/bin/xgcc", "cc", "gcc-12"};
  CHECK_FALSE(is_permitted(spec.permissions, spec.bin));
  spec.bin = "/tmp/gcc";
  spec.permissions = {"gcc", "/usr/bin/gcc"};
  CHECK_FALSE(is_permitted(spec.permissions, spec.bin));
  spec.permissions = {"/tmp/gcc"};
  CHECK(is_permitted(spec.permissions, spec.bin));
}

TEST_CASE("the shape's memory is a power of two from 128 MiB, and the reserve") {
  const auto memory = [](std::int64_t bytes) {
    Limits limits;
    limits.memory_bytes = bytes;
    return shape_for(limits).memory_mib;
  };
  const int reserve = memory(1) - 128;
  CHECK(reserve > 0);
  CHECK(memory(64LL << 20) == 128 + reserve);
  CHECK(memory(128LL << 20) == 128 + reserve);
  CHECK(memory((128LL << 20) + 1) == 256 + reserve);
  CHECK(memory(512LL << 20) == 512 + reserve);
  CHECK(memory(600LL << 20) == 1024 + reserve);
  CHECK(memory(kMaxMemoryBytes) == (1 << 20) + reserve);
}

TEST_CASE("what a language takes for itself comes on top of the shape's memory, and makes it no other power of two") {
  Language language;
  language.name = "good";
  language.memory_reserve_bytes = (30LL << 20) - 1;
  Limits limits;
  const int without = shape_for(limits).memory_mib;
  limits.memory_bytes += language.memory_reserve_bytes;  // as its program is given
  const int files = shape_for(limits, &language).memory_mib - without - 30;
  CHECK(files > 0);
  language.memory_reserve_bytes = 0;
  limits = {};
  CHECK(shape_for(limits, &language).memory_mib == without + files);
  CHECK(shape_for(limits, &language).language == "good");
  CHECK(shape_for(limits).language.empty());
}

TEST_CASE("the shape's processors are the limit, rounded up") {
  const auto vcpus = [](double cpus) {
    Limits limits;
    limits.cpus = cpus;
    return shape_for(limits).vcpus;
  };
  CHECK(vcpus(0.01) == 1);
  CHECK(vcpus(1) == 1);
  CHECK(vcpus(1.1) == 2);
  CHECK(vcpus(kMaxCpus) == 64);
}

}  // namespace
}  // namespace mayfly::test
