// SPDX-License-Identifier: Apache-2.0
#include "batch/task_source.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "helpers.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

// A source whose input the test writes.
struct Source {
  explicit Source(std::size_t max_line = kDefaultMaxTaskLine, Shard shard = {})
      : tasks(*ring, std::move(ends.first), max_line, {}, shard, [this] { ring->stop(); }) {}

  void say(std::string_view lines) { write_bytes_to(ends.second.get(), lines); }
  void end() { ends.second.reset(); }
  void wait() { REQUIRE(ring->run()); }  // for on_available

  // The next item, waiting where there is none yet: a task's id, "refused", or "-" at the end.
  std::string next() {
    for (;;) {
      if (const auto item = tasks.next()) {
        const auto* spec = std::get_if<TaskSpec>(&*item);
        return spec ? spec->id : "refused";
      }
      if (tasks.exhausted()) return "-";
      wait();
    }
  }

  std::unique_ptr<Ring> ring = open_ring();
  std::pair<Fd, Fd> ends = pipe_ends();
  TaskSource tasks;
};

const std::string kTask = R"({"argv":["x"]})";

TEST_CASE("tasks come line by line, the last one with or without its newline") {
  for (const std::string end : {"", "\n"}) {
    Source source;
    source.say(kTask + "\n\n" + kTask + end);
    source.end();
    CHECK(source.next() == "line-1");
    CHECK(source.next() == "line-3");
    CHECK(source.next() == "-");
    CHECK(source.tasks.exhausted());
    CHECK(source.tasks.read_error() == 0);
  }
}

TEST_CASE("a line that is no task has its place among them") {
  Source source(100);
  source.say(kTask + "\nnonsense\n" + std::string(200, ' ') + "\n" + kTask + "\n");
  source.end();
  std::vector<std::string> all;
  do all.push_back(source.next());
  while (all.back() != "-");
  CHECK(all == std::vector<std::string>{"line-1", "refused", "refused", "line-4", "-"});
}

TEST_CASE("the result of a line that is no task names it as well as it can") {
  Source source(100);
  source.say("{\"argv\":[\"echo\"\n{\"id\":\"mine\",\n{\"id\":\"bad id!\",\"argv\":[\"x\"]}\n[1]\n" +
             std::string(200, ' ') + "\n");
  source.end();
  std::vector<std::string> ids;
  for (std::int64_t line = 1; line <= 5; ++line) {
    std::optional<TaskSource::Item> item;
    while (!(item = source.tasks.next())) source.wait();
    const auto& refused = std::get<TaskResult>(*item);
    CHECK(refused.line == line);
    CHECK(refused.ending == Ending::spec_invalid);
    ids.push_back(refused.id);
  }
  CHECK(ids == std::vector<std::string>{"line-1", "mine", "line-3", "line-4", "line-5"});
}

#ifndef __SANITIZE_ADDRESS__  // which has more address space than there is memory
// For the life of the object there is hardly more memory than there is now.
class LittleMemory {
 public:
  LittleMemory() {
    long pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    REQUIRE(::getrlimit(RLIMIT_AS, &before_) == 0);
    const rlimit little{static_cast<rlim_t>(pages) * static_cast<rlim_t>(::getpagesize()) + (4 << 20),
                        before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_AS, &little) == 0);
  }
  ~LittleMemory() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

TEST_CASE("want of memory costs a line its task, and no other line anything") {
  const TempDirectory folder;
  folder.write("tasks",
               R"({"id":"large","argv":["x"],"stdin":")" + std::string(15 << 20, 'x') + "\"}\n" + kTask + "\n");
  const auto ring = open_ring();
  TaskSource tasks(*ring, *open_file(folder / "tasks", O_RDONLY), kDefaultMaxTaskLine, {}, {},
                   [&ring] { ring->stop(); });
  const auto next = [&] {
    for (;;) {
      auto item = [&tasks] {
        const LittleMemory little;
        return tasks.next();
      }();
      if (item) return *std::move(item);
      REQUIRE(ring->run());
    }
  };
  const TaskSource::Item large = next();
  REQUIRE(std::holds_alternative<TaskResult>(large));
  CHECK(std::get<TaskResult>(large).ending == Ending::mayfly_out_of_memory);
  CHECK(std::get<TaskResult>(large).id == "large");
  const TaskSource::Item after = next();
  REQUIRE(std::holds_alternative<TaskSpec>(after));
}
#endif

TEST_CASE("how many are left is not known before the end of the input is") {
  Source source;
  source.say(kTask + "\n" + kTask + "\n" + kTask + "\n");
  CHECK_FALSE(source.tasks.most_left().has_value());
  CHECK(source.next() == "line-1");
  CHECK_FALSE(source.tasks.most_left().has_value());
}

TEST_CASE("how many are left counts down to none") {
  for (const std::string end : {"", "\n"}) {
    Source source;
    source.say(kTask + "\n" + kTask + "\n" + kTask + end);
    source.end();
    CHECK(source.next() == "line-1");
    while (!source.tasks.most_left()) {
      if (source.tasks.exhausted()) break;
      source.next();
    }
    REQUIRE(source.tasks.most_left().has_value());
    while (source.next() != "-") {
    }
    CHECK(source.tasks.most_left() == 0);
  }
}

TEST_CASE("the last task knows that it is the last, without being asked for another") {
  Source source;
  source.say(kTask + "\n" + kTask + "\n");
  source.end();
  CHECK(source.next() == "line-1");
  CHECK(source.next() == "line-2");
  source.wait();  // the source has read on by itself, and tells of the end
  CHECK(source.tasks.most_left() == 0);
  CHECK_FALSE(source.tasks.exhausted());  // nobody has asked
  CHECK(source.next() == "-");
}

TEST_CASE("an unfinished line at the end counts as one") {
  Source source;
  source.say(kTask + "\n" + kTask);
  source.end();
  CHECK(source.next() == "line-1");
  source.wait();
  CHECK(source.tasks.most_left() == 1);
  CHECK(source.next() == "line-2");
  CHECK(source.tasks.most_left() == 0);
}

TEST_CASE("a part of a batch has every so-manyth line") {
  Source source(kDefaultMaxTaskLine, {2, 3});
  for (int i = 0; i < 7; ++i) source.say(kTask + "\n");
  source.end();
  CHECK(source.next() == "line-2");
  CHECK(source.next() == "line-5");
  CHECK(source.next() == "-");
}

}  // namespace
}  // namespace mayfly::test
