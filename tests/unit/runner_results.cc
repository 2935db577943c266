// SPDX-License-Identifier: Apache-2.0
// Tasks on a machine that behaves: what the program did becomes the result.
#include "runner_bench.h"

namespace mayfly::test {
namespace {

TEST_CASE("a program's output, exit code and use of resources come back") {
  TaskBench bench;
  const TaskResult r = bench.run(TaskBench::spec({"print", "one ", "two"}));
  CHECK(r.ending == Ending::exited_zero);
  CHECK(r.verdict() == Verdict::ok);
  CHECK(r.exit_code == 0);
  CHECK_FALSE(r.signal.has_value());
  CHECK(r.out == "one two");
  CHECK(r.err.empty());
  CHECK_FALSE(r.truncated);
  CHECK_FALSE(r.error.has_value());
  REQUIRE(r.guest.has_value());
  CHECK(r.guest->wall_ms == 6);
  CHECK(r.host.cpu_ns.has_value());
  CHECK(r.isolation.accelerator == "tcg");
  CHECK(r.provenance.kernel == "digest");
  CHECK(r.id == "task-1");
  CHECK(r.timing.total >= r.timing.claim);
}

TEST_CASE("stderr is kept apart, and a non-zero exit is the program's own") {
  TaskBench bench;
  const TaskResult r = bench.run(TaskBench::spec({"warn", "oh"}));
  CHECK(r.ending == Ending::exited_nonzero);
  CHECK(r.exit_code == 1);
  CHECK(r.err == "oh");
  CHECK(r.out.empty());
}

struct Case {
  std::vector<std::string> argv;
  Ending ending;
  std::optional<int> exit_code = {};
  std::optional<int> signal = {};
};

TEST_CASE("each way a program ends has its ending") {
  const Case kCases[] = {
      {{"exit", "255"}, Ending::exited_nonzero, 255},
      {{"die", "11"}, Ending::signalled, {}, 11},
      {{"die", "9"}, Ending::signalled, {}, 9},  // not taken for out of memory
      {{"oom"}, Ending::guest_out_of_memory, {}, 9},
      {{"missing"}, Ending::not_found, 127},
      {{"noexec"}, Ending::cannot_run, 126},
      {{"denied"}, Ending::permission_denied_by_agent},
      {{"broken"}, Ending::agent_failed},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.argv[0]);
    TaskBench bench;
    TaskSpec spec = TaskBench::spec(c.argv);
    spec.limits.timeout_ms = 1000;
    if (c.ending == Ending::permission_denied_by_agent) spec.permissions = {c.argv[0]};
    const TaskResult r = bench.run(std::move(spec));
    CHECK(describe(r.ending).name == describe(c.ending).name);
    CHECK(r.exit_code == c.exit_code);
    CHECK(r.signal == c.signal);
    CHECK(describe(r.ending).evidence == Evidence::guest);
  }
}

TEST_CASE("the program gets the task's directory, environment and permissions, the machine its identity") {
  TaskBench bench;
  bench.add_disk();
  TaskSpec spec = TaskBench::spec({"show"});
  spec.cwd = "/somewhere";
  spec.env = {{"A", "1"}, {"B", "two words"}};
  spec.permissions = {"show", "other"};
  const TaskResult r = bench.run(std::move(spec));
  const std::string machine = " token 64 entropy 64 disk\n";
  CHECK(r.out.starts_with("/somewhere\nA=1\nB=two words\nHOME=/root\nmay show\nmay other\nhost m-"));
  CHECK(r.out.ends_with(machine));
}

TEST_CASE("stdin of more than one chunk reaches the program whole") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"cat"});
  for (std::size_t i = 0; i < 2 * kMaxChunk + 17; ++i) spec.stdin_data.push_back(static_cast<char>(i % 251));
  const std::string sent = spec.stdin_data;
  const TaskResult r = bench.run(std::move(spec));
  CHECK(r.ending == Ending::exited_zero);
  CHECK((r.out == sent));
}

TEST_CASE("without stdin the program finds an end of file") {
  TaskBench bench;
  const TaskResult r = bench.run(TaskBench::spec({"cat"}));
  CHECK(r.ending == Ending::exited_zero);
  CHECK(r.out.empty());
}

TEST_CASE("streamed stdin is asked for piece by piece, and its end is told") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"cat"});
  spec.stdin_stream = true;
  spec.stdin_data = "0";
  int asked = 0;
  const TaskResult r = bench.run(std::move(spec), {.on_stdin_wanted = [&] {
                                   if (++asked == 3) return bench.runner().end_stdin();
                                   bench.runner().feed_stdin(std::to_string(asked));
                                 }});
  CHECK(r.ending == Ending::exited_zero);
  CHECK(r.out == "012");
  CHECK(asked == 3);
}

TEST_CASE("stdin that ends without a byte is an end of file") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"cat"});
  spec.stdin_stream = true;
  const TaskResult r = bench.run(std::move(spec), {.on_stdin_wanted = [&] { bench.runner().end_stdin(); }});
  CHECK(r.ending == Ending::exited_zero);
  CHECK(r.out.empty());
}

TEST_CASE("a program that takes no stdin is no failure") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"deaf"});
  spec.stdin_data = std::string(2 * kMaxChunk, 'x');
  CHECK(bench.run(std::move(spec)).ending == Ending::exited_zero);
}

TEST_CASE("files go in and artifacts come out, of any size and any bytes") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"write", "made", "new"});
  std::string large;
  for (std::size_t i = 0; i < 2 * kMaxChunk; ++i) large.push_back(static_cast<char>(i * 7));
  spec.files = {{"empty", "", 0644}, {"large", large, 0755}, {"one", "\xff", 0600}};
  spec.artifacts = {"large", "made", "missing", "empty", "one"};
  const TaskResult r = bench.run(std::move(spec));
  CHECK(r.ending == Ending::exited_zero);
  REQUIRE(r.artifacts.size() == 5);
  CHECK((r.artifacts[0].content == large));
  CHECK(r.artifacts[0].size == static_cast<std::int64_t>(large.size()));
  CHECK(r.artifacts[1].content == "new");
  CHECK(r.artifacts[2].error == "missing: no such file");
  CHECK(r.artifacts[3].content.empty());
  CHECK(r.artifacts[3].error.empty());
  CHECK(r.artifacts[4].content == "\xff");
}

TEST_CASE("artifacts of a failed program come out too") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"exit", "1"});
  spec.files = {{"log", "why", 0644}};
  spec.artifacts = {"log"};
  const TaskResult r = bench.run(std::move(spec));
  CHECK(r.ending == Ending::exited_nonzero);
  REQUIRE(r.artifacts.size() == 1);
  CHECK(r.artifacts[0].content == "why");
}

TEST_CASE("output handed on as it comes is not kept") {
  TaskBench bench;
  std::string out, err;
  const TaskResult r = bench.run(TaskBench::spec({"warn", "e"}), {.on_output = [&](bool is_stderr, std::string_view b) {
                                   (is_stderr ? err : out) += b;
                                 }});
  CHECK(err == "e");
  CHECK(out.empty());
  CHECK(r.streamed);
  CHECK(r.err.empty());
}

TEST_CASE("a slow reader holds the output back and loses none") {
  TaskBench bench;
  const std::string chunk(50'000, 'c');
  std::size_t bytes = 0;
  bool paused = false;
  const TaskResult r = bench.run(TaskBench::spec({"repeat", "100", chunk}), {.on_output = [&](bool, std::string_view b) {
                                   CHECK_FALSE(paused);
                                   bytes += b.size();
                                   paused = true;
                                   bench.runner().pause_output();
                                   bench.ring().defer([&] {
                                     paused = false;
                                     bench.runner().resume_output();
                                   });
                                 }});
  CHECK(r.ending == Ending::exited_zero);
  CHECK(bytes == 100 * chunk.size());
}

TEST_CASE("output up to the limit is fine, one byte more is not") {
  for (const auto& [limit, ending] : {std::pair{6, Ending::exited_zero}, std::pair{5, Ending::output_limit}}) {
    TaskBench bench;
    TaskSpec spec = TaskBench::spec({"print", "abc", "def"});
    spec.limits.output_bytes = limit;
    const TaskResult r = bench.run(std::move(spec));
    CHECK(r.ending == ending);
    CHECK(r.truncated == (limit == 5));
    CHECK(r.out == std::string("abcdef").substr(0, static_cast<std::size_t>(limit)));
  }
}

TEST_CASE("endless output is stopped by the host") {
  TaskBench bench;
  TaskSpec spec = TaskBench::spec({"flood"});
  spec.limits.output_bytes = 1 << 20;
  const TaskResult r = bench.run(std::move(spec));
  CHECK(r.ending == Ending::output_limit);
  CHECK(describe(r.ending).evidence == Evidence::host);
  CHECK(r.out.size() == 1 << 20);
  CHECK_FALSE(r.exit_code.has_value());
}

TEST_CASE("a task that may not run its program gets no machine") {
  TaskBench bench;
  bench.environment.parts.vmm.qemu = "/nonexistent";
  TaskSpec spec = TaskBench::spec({"print"});
  spec.permissions.emplace();
  const TaskResult r = bench.run(std::move(spec));
  CHECK(r.ending == Ending::permission_denied);
  CHECK(contains(r.error->message, "'print' is not in the task's permissions"));
  CHECK(r.isolation.accelerator.empty());
  CHECK_FALSE(r.host.cpu_ns.has_value());
}

TEST_CASE("a machine that no try could give it is the task's own fault, and both figures are said") {
  TaskBench bench;
  bench.environment.largest = {1000, 2};
  TaskSpec small = TaskBench::spec({"print", "x"});
  CHECK(bench.run(small).ending == Ending::exited_zero);
  TaskSpec memory = TaskBench::spec({"print", "x"});
  memory.limits.memory_bytes = 1LL << 30;
  const TaskResult large = bench.run(std::move(memory));
  CHECK(large.ending == Ending::spec_invalid);
  REQUIRE(large.error);
  CHECK(contains(large.error->message,
                 "'limits.memory_bytes' needs a machine with 1088 MiB of memory, and this host has 1000"));
  TaskSpec cpus = TaskBench::spec({"print", "x"});
  cpus.limits.cpus = 2.5;
  const TaskResult wide = bench.run(std::move(cpus));
  CHECK(wide.ending == Ending::spec_invalid);
  REQUIRE(wide.error);
  CHECK(contains(wide.error->message, "'limits.cpus' needs a machine with 3 processors, and this host has 2"));
}

TEST_CASE("files and artifacts take of the task's own time") {
  for (const std::string trick : {"silent-put", "silent-get"}) {
    CAPTURE(trick);
    TaskBench bench(trick);
    TaskSpec spec = TaskBench::spec({"print", "x"});
    spec.files = {{"a", "content"}};
    spec.artifacts = {"a"};
    spec.limits.total_ms = 2000;
    const TaskResult r = bench.run(std::move(spec));
    CHECK(r.ending == Ending::host_timeout);
    REQUIRE(r.error);
    CHECK(contains(r.error->message, "files and programs took longer together"));
  }
}

}  // namespace
}  // namespace mayfly::test
