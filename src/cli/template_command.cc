// SPDX-License-Identifier: Apache-2.0
#include <iomanip>
#include <iostream>

#include "commands.h"
#include "engine/host.h"
#include "template/template_store.h"
#include "units.h"

namespace mayfly {
namespace {

constexpr const char* kDefaultUnused = "168h";  // a week

Result<void> list(const CliSettings& settings) {
  if (auto trusted = check_home_trusted(settings.home); !trusted) return trusted;
  for (const TemplateInfo& info : TemplateStore(settings.home).list()) {
    std::cout << info.key << "  " << std::setw(5) << (info.size_bytes >> 20) << " MiB  last used "
              << (realtime_now() - info.last_used) / kSecond << " s ago  " << info.description << "\n";
  }
  return {};
}

// Has the template for such tasks loaded, or built if there is none.
Result<void> build(const CliSettings& settings, const Limits& limits, const std::string& name, const Log& log) {
  auto host = Host::open(settings, log);
  if (!host) return std::move(host).error();
  const auto environment = (*host)->environment(settings.image, true);
  if (!environment) return environment.error();
  const Language* language = find_language((*environment)->languages, name);
  if (!name.empty() && !language) return Error("image '" + settings.image + "' has no language '" + name + "'").hint("mayfly languages lists them");
  Limits largest = limits;
  if (language) largest.memory_bytes += language->memory_reserve_bytes;
  Ring& ring = (*host)->ring();
  std::optional<Result<TemplateCache::Shared>> answer;
  (*host)->templates().get((*environment)->parts, shape_for(largest, language), [&](Result<TemplateCache::Shared> got) {
    answer = std::move(got);
    ring.stop();
  });
  if (auto ran = ring.run(); !ran) return ran;
  if (!*answer) return answer->error();
  const TemplateTiming timing = (*host)->templates().timing().value_or(TemplateTiming{});
  std::cout << (**answer)->key << "  " << ((**answer)->resident_bytes >> 20) << " MiB  "
            << (timing.built ? "built in " : "there already; loaded in ")
            << (timing.built ? timing.build : timing.load) / kMillisecond << " ms\n";
  return {};
}

Result<void> prune(const CliSettings& settings, const std::string& unused_for, bool all) {
  const auto age = parse_duration_ms(unused_for);
  if (!age) return Error(age.error()).context("--unused-for");
  if (auto trusted = check_home_trusted(settings.home); !trusted) return trusted;
  const TemplateStore store(settings.home);
  for (const TemplateInfo& info : store.list()) {
    if (!all && realtime_now() - info.last_used < *age * kMillisecond) continue;
    if (auto removed = store.remove(info.key); !removed) return removed;
    std::cout << "removed " << info.key << "  " << info.description << "\n";
  }
  return {};
}

}  // namespace

void add_template_command(CLI::App& app, const CliSettings& settings, int& exit_status) {
  CLI::App* command = app.add_subcommand("template", "Booted and warmed machines that tasks are cloned from");
  command->require_subcommand(1);
  command->footer("Templates are built by themselves when a task needs one, and when an input of theirs changes.");
  const auto finish = [&settings, &exit_status](const Result<void>& result) {
    if (!result) report(settings.log(), result.error());
    exit_status = result ? 0 : 1;
  };
  command->add_subcommand("list", "What is stored")->callback([&settings, finish] {
    finish(list(settings));
  });
  auto limits = std::make_shared<Limits>();
  CLI::App* building = command->add_subcommand("build", "Build the template for tasks of --image with these limits");
  add_limits(*building, *limits);
  auto language = std::make_shared<std::string>();
  building->add_option("--language", *language, "For tasks in this language of the image");
  building->callback([&settings, limits, language, finish] { finish(build(settings, *limits, *language, settings.log())); });
  auto unused_for = std::make_shared<std::string>(kDefaultUnused);
  auto all = std::make_shared<bool>(false);
  CLI::App* pruning = command->add_subcommand("prune", "Remove what was not used lately");
  pruning->add_option("--unused-for", *unused_for, "Such as 12h")->capture_default_str();
  pruning->add_flag("--all", *all, "Remove every template");
  pruning->callback([&settings, unused_for, all, finish] { finish(prune(settings, *unused_for, *all)); });
}

}  // namespace mayfly
