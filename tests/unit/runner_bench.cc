// SPDX-License-Identifier: Apache-2.0
#include "runner_bench.h"

namespace mayfly::test {

Language language(std::vector<std::string> compile, std::vector<std::string> run) {
  Language language;
  language.name = "l";
  language.extensions = {".l"};
  language.entry = "main.l";
  language.compile = std::move(compile);
  language.run = std::move(run);
  return language;
}

TaskSpec text() {
  TaskSpec spec = TaskBench::spec({"unused"});
  spec.bin.clear();
  spec.args.clear();
  spec.language = "l";
  spec.source = "text";
  return spec;
}

TaskResult run(const Language& language, TaskSpec spec) {
  TaskBench bench;
  bench.environment.languages = {language};
  return bench.run(std::move(spec));
}

TaskBench::TaskBench(const std::string& trick, PoolOptions options) : host_(trick), options_(options) {
  environment.parts = host_.parts;
  environment.isolation.accelerator = "tcg";
  environment.provenance.kernel = "digest";
}

void TaskBench::add_disk() {
  host_.add_disk();
  environment.parts.image = host_.parts.image;
}

TaskSpec TaskBench::spec(std::vector<std::string> argv) {
  TaskSpec spec;
  spec.id = "task-1";
  spec.line = 1;
  spec.bin = argv.front();
  spec.args.assign(argv.begin() + 1, argv.end());
  spec.env = default_environment();
  return spec;
}

TaskResult TaskBench::run(TaskSpec spec, TaskRunner::Handlers handlers) {
  std::optional<TaskResult> result;
  handlers.on_done = [&](TaskResult done) {
    REQUIRE_FALSE(result.has_value());
    result = std::move(done);
    ring().defer([this] { ring().stop(); });
  };
  pool_ = std::make_unique<Pool>(ring(), templates_, log_, options_, [](const std::string&) {});
  runner_ = std::make_unique<TaskRunner>(ring(), *pool_, environment, log_, std::move(spec), std::move(handlers));
  ring().defer([this] { runner_->start(); });
  REQUIRE(ring().run());
  REQUIRE(result.has_value());
  runner_.reset();
  close_pool();
  CHECK(has_no_children());
  return *std::move(result);
}

// A cancelled task's machine may still be on its way.
void TaskBench::close_pool() {
  pool_->close([this] { ring().stop(); });
  REQUIRE(ring().run());
  pool_.reset();
}

}  // namespace mayfly::test
