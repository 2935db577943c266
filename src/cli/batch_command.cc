// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <set>
#include <thread>

#include "batch/batch.h"
#include "commands.h"
#include "engine/batch_session.h"
#include "engine/conditions.h"
#include "engine/languages.h"
#include "metrics/metrics_files.h"
#include "sys/files.h"
#include "sys/host_size.h"
#include "task/execute.h"
#include "units.h"

namespace mayfly {
namespace {

constexpr int kMaxJobs = 4096;
constexpr int kMaxRetries = 100;

// What one task may print, all of which is held in memory, unless the operator says otherwise.
constexpr std::int64_t kUsualMaxOutput = 64LL << 20;

struct RawOptions {
  std::string input = "-";
  int jobs = static_cast<int>(std::thread::hardware_concurrency());
  int pool = -1;  // as many as jobs
  int retries = 1;
  bool keep_order = false;
  std::string max_line = "16M";
  std::string shard = "1/1";
  std::string halt = "never";
  bool halt_on_escape = false;
  std::vector<std::string> fail_on;
  std::string source_root;
  std::string results;
  std::string journal;
  bool resume = false;
  bool resume_across_versions = false;
  std::string format = "json";
  Limits limits;
  Ceilings ceilings;
  std::int64_t max_held = memory_of_host() / 4;
  MetricsOptions metrics;
};

Result<Shard> parse_shard(std::string_view text) {
  Shard shard;
  const std::size_t slash = text.find('/');
  const auto number = [](std::string_view part, std::int64_t& out) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
    return error == std::errc() && end == part.data() + part.size();
  };
  if (slash == std::string_view::npos || !number(text.substr(0, slash), shard.part) ||
      !number(text.substr(slash + 1), shard.of) || shard.part < 1 || shard.part > shard.of) {
    return Error("--shard '" + std::string(text) + "' must be I/N with 1 <= I <= N");
  }
  return shard;
}

Ceilings ceilings_of(const RawOptions& raw) {
  Ceilings ceilings = raw.ceilings;
  const LimitRow& output = limit_row("output_bytes");
  if (!ceilings.is_set(output)) {
    ceilings.set(output, static_cast<double>(std::max(kUsualMaxOutput, raw.limits.output_bytes)));
  }
  return ceilings;
}

Result<BatchOptions> interpret(const RawOptions& raw, const CliSettings& settings) {
  BatchOptions options;
  options.jobs = raw.jobs;
  options.retries = raw.retries;
  options.keep_order = raw.keep_order;
  options.max_held = raw.max_held;
  options.defaults = {raw.limits, ceilings_of(raw), settings.image, raw.source_root,
                      images_of_languages(offered_languages(settings.home, settings.image))};
  if (raw.format == "execute") {
    if (!raw.journal.empty() || !raw.results.empty()) return Error("--format execute goes with neither --journal nor --results");
    options.result_line = execute_result;
    options.admission_line = execute_ack;
  }
  const auto max_line = parse_size_bytes(raw.max_line);
  if (!max_line) return Error(max_line.error()).context("--max-line");
  if (*max_line < 1) return Error("--max-line must be at least 1 byte");
  options.max_line = static_cast<std::size_t>(*max_line);
  auto shard = parse_shard(raw.shard);
  if (!shard) return std::move(shard).error();
  options.shard = *shard;
  auto halt = parse_halt_rule(raw.halt);
  if (!halt) return std::move(halt).error();
  options.halt = *halt;
  options.halt.on_escape = raw.halt_on_escape;
  if (raw.results == "-") return Error("--results names a directory; without it results are on stdout whole");
  if (!raw.results.empty()) {
    auto results = ResultsDirectory::open(raw.results);
    if (!results) return std::move(results).error();
    options.results = *std::move(results);
  }
  for (const std::string& name : raw.fail_on) {
    const auto verdict = parse_verdict(name);
    if (!verdict) return Error("--fail-on: '" + name + "' is not a verdict");
    options.fail_on.push_back(*verdict);
  }
  return options;
}

std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// What of a journal is not simply taken over is said once.
void tell(const JournalCensus& census, const RawOptions& raw, const Log& log) {
  const std::string journal = "journal " + raw.journal + ": ";
  if (census.other_platform > 0) {
    const std::string whose = " recorded by another mayfly, guest kernel, agent, QEMU or accelerator ";
    log.warning(journal + counted(census.other_platform, "task") + whose +
                (raw.resume_across_versions ? "count as done (--resume-across-versions)"
                                            : "are run again; --resume-across-versions lets them count"));
  }
  if (census.other_format > 0) {
    log.warning(journal + counted(census.other_format, "record") + " in another version's format left aside");
  }
  if (census.damaged > 0) {
    log.warning(journal + counted(census.damaged, "damaged record") +
                " left aside; what was recorded there is run again");
  }
}

Result<Fd> open_input(const std::string& path) {
  if (path == "-") return duplicate(STDIN_FILENO);
  return open_file(path, O_RDONLY);
}

// Tasks get these by their language and not by name.
std::set<std::string> images_of(const SpecDefaults& defaults) {
  std::set<std::string> images;
  for (const auto& [language, image] : defaults.language_images) images.insert(image);
  return images;
}

// What went wrong before the first task: the user's words (2), or this host (69).
struct Failure {
  Error error;
  int status;
};

std::optional<Failure> run_batch(const RawOptions& raw, const CliSettings& settings, const Log& log,
                                 int& exit_status) {
  auto options = interpret(raw, settings);
  if (!options) return Failure{std::move(options).error(), kExitUsage};
  auto input = open_input(raw.input);
  if (!input) return Failure{std::move(input).error(), kExitUsage};
  auto output = duplicate(STDOUT_FILENO);
  if (!output) return Failure{std::move(output).error(), kExitHostUnusable};
  std::optional<Journal> journal;
  if (!raw.journal.empty()) {
    auto opened = Journal::open(raw.journal, raw.resume);
    if (!opened) return Failure{std::move(opened).error(), kExitUsage};
    journal = *std::move(opened);
  }
  auto metrics = MetricsFiles::open(raw.metrics);
  if (!metrics) return Failure{std::move(metrics).error(), kExitUsage};
  auto host = Host::open(settings, log);
  if (!host) return Failure{std::move(host).error(), kExitHostUnusable};
  if (auto measured = (*host)->measure(*std::move(metrics)); !measured) return Failure{std::move(measured).error(), kExitUsage};
  (*host)->verify_images(images_of(options->defaults));
  const auto environment = (*host)->environment(settings.image, true);
  if (!environment) return Failure{environment.error(), kExitHostUnusable};

  if (journal) {
    const auto census = journal->load(platform_key(platform_of(**environment)), raw.resume_across_versions);
    if (!census) return Failure{census.error(), kExitUsage};
    tell(*census, raw, log);
  }
  BatchSession session(**host, raw.pool < 0 ? raw.jobs : raw.pool, *std::move(options), journal ? &*journal : nullptr,
                       *std::move(input), *std::move(output));
  if (auto ran = session.run(); !ran) return Failure{std::move(ran).error(), kExitHostUnusable};
  const Batch& batch = session.batch();
  if (batch.input_error()) {
    return Failure{Error::system("read " + raw.input, batch.input_error()), kExitUsage};
  }
  exit_status = batch.summary().exit_status();
  if (batch.output_error() == EPIPE) {
    exit_status = 128 + SIGPIPE;
  } else if (batch.output_error()) {
    return Failure{Error::system("write results", batch.output_error()), kExitHostUnusable};
  }
  return std::nullopt;
}

void add_options(CLI::App& command, RawOptions& options) {
  command.add_option("input", options.input, "File of tasks, one JSON object per line; - is stdin")
      ->capture_default_str();
  command.add_option("-j,--jobs", options.jobs, "Number of tasks to run at the same time")
      ->envname("MAYFLY_JOBS")
      ->check(CLI::Range(1, kMaxJobs))
      ->capture_default_str();
  command.add_option("--pool", options.pool, "Number of machines to keep ready; 0 for none [as --jobs]")
      ->envname("MAYFLY_POOL")
      ->check(CLI::Range(0, kMaxJobs));
  command.add_option("--retries", options.retries, "How often to retry a task after an infrastructure failure")
      ->check(CLI::Range(0, kMaxRetries))
      ->capture_default_str();
  command.add_flag("-k,--keep-order", options.keep_order, "Write results in input order");
  command.add_option("--halt", options.halt, "When to stop early, such as soon,fail=10% or now,infra=3")
      ->capture_default_str();
  command.add_flag("--halt-on-escape", options.halt_on_escape,
                   "Cancel everything and exit 1 at the first escape_detected");
  as_list(command.add_option("--fail-on", options.fail_on,
                             "Exit 1 if any task ends with one of these verdicts"))
      ->delimiter(',');
  command.add_option("--shard", options.shard, "Run only every Nth line, starting with the Ith: I/N")
      ->capture_default_str();
  command.add_option("--max-line", options.max_line, "Maximum length of an input line")->capture_default_str();
  command.add_option("--format", options.format, "Result format: mayfly's own records, or answers to execute requests")
      ->check(CLI::IsMember({"json", "execute"}))
      ->capture_default_str();
  add_place(command, "--source-root", options.source_root,
            "Allow files[].src to name files of the host below this directory");
  add_place(command, "--results", options.results,
            "Put outputs and artifacts into this directory instead of the result lines");
  auto* journal = add_place(command, "--journal", options.journal, "Record finished tasks in this file");
  command.add_flag("--resume", options.resume, "Continue the journal: do not run again what it has results for")
      ->needs(journal);
  command.add_flag("--resume-across-versions", options.resume_across_versions,
                   "Also accept results of another mayfly, guest kernel, agent, QEMU or accelerator")
      ->needs(journal);
}

}  // namespace

void add_batch_command(CLI::App& app, const CliSettings& settings, int& exit_status) {
  auto options = std::make_shared<RawOptions>();
  CLI::App* command = app.add_subcommand("batch", "Run NDJSON tasks, each in its own microVM");
  command->footer(
      "Exits 0 when every line has a result and none is an infrastructure failure; 1 a --halt or\n"
      "--fail-on condition was met; 2 usage; 3 some infrastructure failures; 69 host unusable;\n"
      "130 or 143 interrupted; 141 stdout was closed.");
  add_options(*command, *options);
  add_limits(*command, options->limits);
  add_ceilings(*command, options->ceilings);
  add_size(*command, "--max-held", options->max_held, 1 << 20, kMaxMemoryBytes,
           "Memory for running tasks and their outputs; further tasks wait [a quarter of the host's]");
  add_metrics(*command, options->metrics);
  command->callback([options, &settings, &exit_status] {
    const Log log = settings.log();
    if (const auto failure = run_batch(*options, settings, log, exit_status)) {
      report(log, failure->error);
      exit_status = failure->status;
    }
  });
}

}  // namespace mayfly
