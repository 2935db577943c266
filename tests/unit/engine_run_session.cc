// SPDX-License-Identifier: Apache-2.0
#include "engine/run_session.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "engine_bench.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

// One session on fake-qemu, and the other ends of its streams.
struct Foreground : EngineBench {
  TaskResult run(TaskSpec spec) {
    auto [in_reader, in_writer] = pipe_ends();
    auto [out_reader, out_writer] = pipe_ends();
    auto [err_reader, err_writer] = pipe_ends();
    write_bytes_to(in_writer.get(), input);
    in_writer.reset();
    if (nobody_reads) out_reader.reset();
    auto result = run(std::move(spec), {std::move(in_reader), std::move(out_writer), std::move(err_writer)});
    if (out_reader) out = content_of(out_reader);
    err = content_of(err_reader);
    CHECK(has_no_children());
    return result;
  }

  std::string input;
  bool nobody_reads = false;
  std::string out, err;
  int interrupted_by = 0;
  int output_error = 0;

 private:
  TaskResult run(TaskSpec spec, RunStreams streams) {
    RunSession session(*host, environment(), std::move(spec), std::move(streams));
    auto result = session.run();
    REQUIRE_MESSAGE(result.ok(), result.error().message());
    interrupted_by = session.interrupted_by();
    output_error = session.output_error();
    return *std::move(result);
  }
};

TEST_CASE("run: the program's output goes where it leads, and is not in the result") {
  Foreground it;
  const TaskResult result = it.run(it.spec({"print", "hello ", "world"}));
  CHECK(result.verdict() == Verdict::ok);
  CHECK(it.out == "hello world");
  CHECK(it.err.empty());
  CHECK(result.out.empty());
  CHECK(it.output_error == 0);
  CHECK(result.isolation.unsafe_no_jail);
  CHECK_FALSE(result.provenance.kernel.empty());
}

TEST_CASE("run: what it says on stderr goes there") {
  Foreground it;
  const TaskResult result = it.run(it.spec({"warn", "careful"}));
  CHECK(result.exit_code == 1);
  CHECK(it.err == "careful");
  CHECK(it.out.empty());
}

TEST_CASE("run: input reaches the program that asks for it, to its end") {
  Foreground it;
  it.input = "some words";
  TaskSpec spec = it.spec({"cat"});
  spec.stdin_stream = true;
  CHECK(it.run(std::move(spec)).verdict() == Verdict::ok);
  CHECK(it.out == "some words");
}

TEST_CASE("run: a program whose output nobody reads need not say it") {
  Foreground it;
  it.nobody_reads = true;
  const TaskResult result = it.run(it.spec({"flood"}));
  CHECK(it.output_error == EPIPE);
  CHECK(result.verdict() == Verdict::cancelled);
}

TEST_CASE("run: a signal cancels the task, and which one it was is told") {
  Foreground it;
  it.host->ring().defer([] { ::kill(::getpid(), SIGTERM); });
  const TaskResult result = it.run(it.spec({"endless"}));
  CHECK(it.interrupted_by == SIGTERM);
  CHECK(result.verdict() == Verdict::cancelled);
}

TEST_CASE("run: several tasks, one after the other, on one host; with their output in the result") {
  EngineBench bench;
  for (const std::string word : {"one", "two"}) {
    const auto result = run_task(*bench.host, bench.environment(), bench.spec({"print", word}));
    REQUIRE(result);
    CHECK(result->out == word);
    CHECK(has_no_children());
  }
}

TEST_CASE("run: what is measured is complete when the session has ended") {
  Foreground it;
  const std::string totals = it.home / "m.prom", samples = it.home / "m.csv";
  auto files = MetricsFiles::open({.files = {totals, samples}});
  REQUIRE(files);
  REQUIRE(it.host->measure(*std::move(files)));
  CHECK(contains(*read_file(totals, 1 << 20), "mayfly_tasks_total{verdict=\"ok\",fault=\"none\"} 0\n"));
  it.run(it.spec({"true"}));
  const std::string text = *read_file(totals, 1 << 20);
  CHECK(contains(text, "mayfly_tasks_total{verdict=\"ok\",fault=\"none\"} 1\n"));
  CHECK(contains(text, "mayfly_machines_launched_total 1\n"));
  CHECK(contains(text, "mayfly_machines 0\n"));
  CHECK(contains(*read_file(samples, 1 << 20), ",task-1,true,"));
}

}  // namespace
}  // namespace mayfly::test
