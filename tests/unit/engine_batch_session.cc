// SPDX-License-Identifier: Apache-2.0
#include "engine/batch_session.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "engine/conditions.h"
#include "engine_bench.h"

namespace mayfly::test {
namespace {

constexpr const char* kTwoTasks =
    R"({"id":"a","bin":"print","args":["x"]})" "\n"
    R"({"id":"b","bin":"warn","args":["y"]})" "\n";

// Runs batches on fake-qemu; what they write.
struct Batches : EngineBench {
  std::string run(const std::string& lines, Journal* journal = nullptr) {
    auto [in_reader, in_writer] = pipe_ends();
    auto [out_reader, out_writer] = pipe_ends();
    write_bytes_to(in_writer.get(), lines);
    in_writer.reset();
    run(std::move(in_reader), std::move(out_writer), journal);
    CHECK(has_no_children());
    return content_of(out_reader);
  }

  int exit_status = -1;

 private:
  void run(Fd input, Fd output, Journal* journal) {
    BatchOptions options;
    options.keep_order = true;
    options.defaults.image = "base";
    environment();
    BatchSession session(*host, 1, std::move(options), journal, std::move(input), std::move(output));
    REQUIRE(session.run());
    exit_status = session.batch().summary().exit_status();
  }
};

TEST_CASE("batch: every line has its result, and nothing is left when it has ended") {
  Batches it;
  const std::string results = it.run(kTwoTasks);
  CHECK(contains(results, "\"id\":\"a\""));
  CHECK(contains(results, "\"verdict\":\"nonzero_exit\""));
  CHECK(results.find("\"id\":\"a\"") < results.find("\"id\":\"b\""));
  CHECK(it.exit_status == kExitOk);
}

TEST_CASE("batch: no lines, no results") {
  Batches it;
  CHECK(it.run("").empty());
  CHECK(it.exit_status == kExitOk);
}

TEST_CASE("batch: a task on an image that is not there ends as such, the others do not mind") {
  Batches it;
  const std::string results = it.run(std::string(R"({"id":"c","bin":"true","image":"other"})") + "\n" + kTwoTasks);
  CHECK(contains(results, "image 'other'"));
  CHECK(contains(results, "\"id\":\"b\""));
}

TEST_CASE("batch: a journal's conditions are the host's: the next mayfly does not run the same lines again") {
  Batches it;
  const std::string path = it.home / "journal";
  for (const bool resume : {false, true}) {
    it.reopen();
    auto journal = Journal::open(path, resume);
    REQUIRE_MESSAGE(journal.ok(), journal.error().message());
    REQUIRE(journal->load(platform_key(platform_of(it.environment())), false));
    const std::string results = it.run(kTwoTasks, &*journal);
    CHECK(std::count(results.begin(), results.end(), '\n') == 2);
    for (const std::string_view line : {"\"line\":1,\"from_journal\":true}\n", "\"line\":2,\"from_journal\":true}\n"}) {
      CHECK(contains(results, line) == resume);
    }
  }
}

TEST_CASE("batch: the first signal ends it when what runs has ended") {
  Batches it;
  it.host->ring().defer([] { ::kill(::getpid(), SIGINT); });
  it.run(kTwoTasks);
  CHECK(it.exit_status == 128 + SIGINT);
}

}  // namespace
}  // namespace mayfly::test
