// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "commands.h"
#include "engine/languages.h"
#include "engine/run_session.h"
#include "metrics/metrics_files.h"
#include "sys/files.h"
#include "sys/output.h"

namespace mayfly {
namespace {

constexpr std::size_t kMaxInputFile = 64 << 20;

struct RunOptions {
  std::vector<std::string> environment;
  std::vector<std::string> files;
  std::vector<std::string> artifacts;
  std::string directory = "/work";
  std::string meta;
  bool interactive = false;
  std::string language;
  std::vector<std::string> sources;
  bool check = false;
  bool sandbox = false;
  bool no_sandbox = false;
  Limits limits;
  Ceilings ceilings;
  MetricsOptions metrics;
};

struct PathPair {
  std::string from;
  std::string to;
};

// "SRC:DST"; without a colon DST is empty.
PathPair split_pair(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

Result<TaskFile> load_file(const std::string& argument) {
  const PathPair pair = split_pair(argument);
  if (pair.to.empty()) return Error("--file '" + argument + "' must be SRC:DST");
  auto content = read_file(pair.from, kMaxInputFile);
  if (!content) return std::move(content).error().context("--file");
  struct stat status {};
  const bool executable = ::stat(pair.from.c_str(), &status) == 0 && (status.st_mode & S_IXUSR);
  return TaskFile{pair.to, *std::move(content), executable ? 0755u : 0644u};
}

Result<void> add_variable(const std::string& argument, std::map<std::string, std::string>& env) {
  const std::size_t equals = argument.find('=');
  const std::string name = argument.substr(0, equals);
  if (name.empty()) return Error("--env '" + argument + "' must be NAME=VALUE or NAME");
  if (equals != std::string::npos) {
    env[name] = argument.substr(equals + 1);
  } else if (const char* value = ::getenv(name.c_str())) {
    env[name] = value;
  }
  return {};
}

using Program = std::vector<std::string>;

Result<TaskFile> load_source(const std::string& path) {
  auto content = read_file(path, kMaxInputFile);
  if (!content) return std::move(content).error();
  return TaskFile{std::filesystem::path(path).filename(), *std::move(content), 0644};
}

// The names of the files are those that they have here, without their folders. But an interpreter that was started before
// its program waits for the language's own name, and does not care for another.
Result<void> load_sources(const RunOptions& options, const Language* language, TaskSpec& spec) {
  for (const std::string& path : options.sources) {
    auto file = load_source(path);
    if (!file) return std::move(file).error();
    spec.files.push_back(*std::move(file));
  }
  if (spec.files.size() == 1 && language && !language->prestart.empty()) spec.files.front().path = language->entry;
  spec.entry = spec.files.front().path;
  return {};
}

// A program by its text: what a line of a batch with `language` is.
Result<void> take_sources(const RunOptions& options, const CliSettings& settings, TaskSpec& spec) {
  const auto offered = offered_languages(settings.home, settings.image);
  const bool guess = options.language.empty();
  const OfferedLanguage* found = guess ? language_of_file(offered, options.sources.front()) : language_by_name(offered, options.language);
  if (guess && !found) return Error("no language has files like " + options.sources.front()).hint("mayfly languages shows which there are; --language chooses one");
  spec.language = found ? found->language.name : options.language;
  if (found) spec.image = found->image;
  spec.check = options.check;
  return load_sources(options, found ? &found->language : nullptr, spec);
}

Result<void> take_program(const RunOptions& options, const CliSettings& settings, const Program& program, TaskSpec& spec) {
  if (!options.sources.empty()) {
    spec.args = program;
    return take_sources(options, settings, spec);
  }
  if (!options.language.empty()) return Error("which file? mayfly run --language " + options.language + " FILE...");
  if (program.empty()) return Error("which program? Put it last, after --: mayfly run -- echo hello");
  spec.bin = program.front();
  spec.args.assign(program.begin() + 1, program.end());
  return {};
}

// What the configuration or the environment allows holds for a single program, too.
Result<Limits> allowed_limits(const RunOptions& options) {
  Limits limits = options.limits;
  for (const LimitRow& row : limit_table()) {
    const auto asked = value_of(limits, row);
    const bool is_said = asked && *asked != row.unset;
    if (!is_said) continue;
    if (auto allowed = options.ceilings.check(row, *asked); !allowed) {
      return std::move(allowed).error().context(std::string(row.option));
    }
  }
  options.ceilings.lower(limits);
  return limits;
}

Result<TaskSpec> make_spec(const RunOptions& options, const CliSettings& settings, const Program& program) {
  TaskSpec spec;
  spec.id = "run";
  spec.image = settings.image;
  if (auto taken = take_program(options, settings, program, spec); !taken) return std::move(taken).error();
  spec.sandbox = options.sandbox || (!spec.language.empty() && !options.no_sandbox);
  spec.cwd = options.directory;
  auto limits = allowed_limits(options);
  if (!limits) return std::move(limits).error();
  spec.limits = *limits;
  spec.stdin_stream = options.interactive;
  spec.env = default_environment();
  for (const std::string& argument : options.environment) {
    if (auto added = add_variable(argument, spec.env); !added) return std::move(added).error();
  }
  spec.absolute_files = true;  // whoever calls chose their places
  for (const std::string& argument : options.files) {
    auto file = load_file(argument);
    if (!file) return std::move(file).error();
    spec.files.push_back(*std::move(file));
  }
  for (const std::string& argument : options.artifacts) {
    spec.artifacts.push_back(split_pair(argument).from);
  }
  if (auto valid = validate(spec); !valid) return std::move(valid).error();
  return spec;
}

// Where what the machine leaves goes on this host, found before there is a machine.
struct Destinations {
  std::vector<OutputFile> artifacts;  // as RunOptions::artifacts
  std::optional<OutputFile> meta;
};

// An artifact goes to DST, or to its own name in the current directory. The name is the user's, never the guest's.
std::string destination(const std::string& argument) {
  const PathPair pair = split_pair(argument);
  return pair.to.empty() ? std::filesystem::path(pair.from).filename().string() : pair.to;
}

// Devices and pipes may well take several.
bool is_kept_apart(const std::string& path) {
  struct stat status {};
  return path != "-" && (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode));
}

// What is written would cover what was there, or was to be there.
Result<void> check_places(const RunOptions& options) {
  std::set<std::filesystem::path> taken;
  const auto take = [&taken](const std::string& place) {
    std::error_code error;
    return !is_kept_apart(place) || taken.insert(std::filesystem::weakly_canonical(place, error)).second;
  };
  std::string twice;
  for (const std::string& argument : options.artifacts) {
    if (!take(destination(argument))) twice = destination(argument);
  }
  // An artifact may come back to the file that went in, but no record may take its place.
  for (const std::string& source : options.sources) take(source);
  for (const std::string& argument : options.files) take(split_pair(argument).from);
  std::vector<std::string> records = options.metrics.files;
  if (!options.meta.empty()) records.push_back(options.meta);
  for (const std::string& record : records) {
    if (!take(record)) twice = record;
  }
  if (twice.empty()) return {};
  return Error("'" + twice + "' is named twice, and what is written last would cover the other")
      .hint("give each --artifact, --meta and --metrics a place of its own");
}

Result<Destinations> find_destinations(const RunOptions& options) {
  if (auto apart = check_places(options); !apart) return std::move(apart).error();
  Destinations found;
  for (const std::string& argument : options.artifacts) {
    auto file = OutputFile::open(destination(argument));
    if (!file) return std::move(file).error().context("--artifact");
    found.artifacts.push_back(*std::move(file));
  }
  if (options.meta.empty()) return found;
  auto meta = OutputFile::open(options.meta);
  if (!meta) return std::move(meta).error().context("--meta");
  found.meta = *std::move(meta);
  return found;
}

bool save_artifacts(const Destinations& destinations, const TaskResult& result, const Log& log) {
  bool all = true;
  for (std::size_t i = 0; i < result.artifacts.size(); ++i) {
    const ArtifactResult& artifact = result.artifacts[i];
    auto saved = artifact.error.empty() ? destinations.artifacts[i].write(artifact.content)
                                        : Result<void>(Error(artifact.error));
    if (saved) continue;
    log.error("artifact " + artifact.path + ": " + saved.error().message());
    all = false;
  }
  return all;
}

int status_of(const TaskResult& result, int interrupted_by) {
  if (interrupted_by && result.verdict() == Verdict::cancelled) return 128 + interrupted_by;
  switch (result.verdict()) {
    case Verdict::ok: return 0;
    case Verdict::wrong_output: return 1;
    case Verdict::nonzero_exit: return result.exit_code.value_or(1);
    case Verdict::compile_error: return 1;
    case Verdict::signalled: return 128 + result.signal.value_or(0);
    case Verdict::timeout: return 124;
    case Verdict::memory_exceeded: return 137;
    case Verdict::cpu_exceeded: return 128 + SIGXCPU;
    case Verdict::output_exceeded:
    case Verdict::disk_exceeded: return 128 + SIGXFSZ;
    case Verdict::policy_rejected: return 126;
    case Verdict::escape_detected:
    case Verdict::infra_error:
    case Verdict::spec_error:
    case Verdict::cancelled: return kExitRunFailed;
  }
  return kExitRunFailed;
}

// What compilers said goes where the program's own words would have gone.
void tell_before(const TaskResult& result) {
  for (const ProgramReport& report : result.before) {
    std::fwrite(report.outcome.out.data(), 1, report.outcome.out.size(), stderr);
    std::fwrite(report.outcome.err.data(), 1, report.outcome.err.size(), stderr);
  }
}

void tell(const TaskResult& result, const Log& log) {
  tell_before(result);
  if (!result.error) return;
  // "cat: no such file" needs no verdict before it; "timeout: …" does.
  const Verdict verdict = result.verdict();
  const bool plain = verdict == Verdict::nonzero_exit;
  log.error((plain ? "" : std::string(to_string(verdict)) + ": ") + result.error->message);
  if (!result.error->hint.empty()) log.error("hint: " + result.error->hint);
}

Result<RunStreams> our_streams() {
  RunStreams streams;
  for (const auto& [stream, number] : {std::pair(&streams.in, STDIN_FILENO), {&streams.out, STDOUT_FILENO},
                                       {&streams.err, STDERR_FILENO}}) {
    auto fd = duplicate(number);
    if (!fd) return std::move(fd).error();
    *stream = *std::move(fd);
  }
  return streams;
}

Result<int> run_one(const RunOptions& options, const CliSettings& settings, const Program& program,
                     const Log& log) {
  auto spec = make_spec(options, settings, program);
  if (!spec) return std::move(spec).error();
  const auto destinations = find_destinations(options);
  if (!destinations) return destinations.error();
  auto metrics = MetricsFiles::open(options.metrics);
  if (!metrics) return std::move(metrics).error();
  auto host = Host::open(settings, log);
  if (!host) return std::move(host).error();
  if (auto measured = (*host)->measure(*std::move(metrics)); !measured) return std::move(measured).error();
  const auto environment = (*host)->environment(spec->image, true);
  if (!environment) return environment.error();
  auto streams = our_streams();
  if (!streams) return std::move(streams).error();
  RunSession session(**host, **environment, *std::move(spec), *std::move(streams));
  auto result = session.run();
  if (!result) return std::move(result).error();
  if (session.output_error() != EPIPE) tell(*result, log);
  const bool saved = save_artifacts(*destinations, *result, log);
  if (destinations->meta) {
    auto written = destinations->meta->write(to_json_line(*result));
    if (!written) return std::move(written).error().context("--meta");
  }
  if (session.output_error() == EPIPE) return 128 + SIGPIPE;
  if (session.output_error()) return Error::system("write the program's output", session.output_error());
  const int status = status_of(*result, session.interrupted_by());
  return status == 0 && !saved ? kExitRunFailed : status;
}

}  // namespace

void add_run_command(CLI::App& app, const CliSettings& settings, const Program& program, int& exit_status) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run one program in a fresh microVM: mayfly run [OPTIONS] -- PROGRAM [ARGUMENT...]");
  command->footer(
      "Exits as the program did; 124 time-out, 137 out of memory, 128+N signal N, 126 cannot be\n"
      "run, 127 not found, 125 mayfly itself failed. --meta holds the whole truth.");
  as_list(command->add_option("-e,--env", options->environment, "Set a variable of the program's environment: NAME=VALUE, or NAME to pass on its value here"));
  command->add_option("-w,--workdir", options->directory, "Working directory in the guest")
      ->capture_default_str();
  as_list(command->add_option("--file", options->files,
                              "Copy a file in: SRC:DST; DST may be relative to the working directory"));
  as_list(command->add_option("--artifact", options->artifacts, "Copy a file out after the program has ended: PATH[:DST]"));
  add_place(*command, "--meta", options->meta, "Write the result record (JSON) to this file; - is stdout");
  command->add_flag("-i,--interactive", options->interactive, "Connect stdin to the program");
  command->add_option("file", options->sources, "Source files to run, instead of a command; the entry point comes first");
  command->add_option("--language", options->language, "Language of the source files [by file name extension]");
  command->add_flag("--check", options->check, "Check the syntax first");
  CLI::Option* sandbox = command->add_flag("--sandbox", options->sandbox, "Run it in the guest's sandbox, as an ordinary user [default for source files]");
  command->add_flag("--no-sandbox", options->no_sandbox, "Run it as root of the guest [default for commands]")->excludes(sandbox);
  add_limits(*command, options->limits);
  add_ceilings(*command, options->ceilings);
  add_metrics(*command, options->metrics);
  command->callback([options, &settings, &program, &exit_status] {
    const Log log = settings.log();
    const auto status = run_one(*options, settings, program, log);
    if (!status) report(log, status.error());
    exit_status = status ? *status : kExitRunFailed;
  });
}

}  // namespace mayfly
