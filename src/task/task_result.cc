// SPDX-License-Identifier: Apache-2.0
#include "task/task_result.h"

#include "base/encoding.h"
#include "base/json.h"

namespace mayfly {
namespace {

double to_ms(Nanoseconds duration) {
  return static_cast<double>(duration / 1000) / 1000;  // microseconds are enough
}

// The output itself, or where it was put.
void write_output(JsonWriter& w, const std::string& name, const std::string& bytes, const std::string& file) {
  if (file.empty()) {
    write_bytes(w, name, bytes);
  } else {
    write_text(w, name + "_file", file);
  }
}

void write_artifact(JsonWriter& w, const ArtifactResult& artifact) {
  w.StartObject();
  write_text(w, "path", artifact.path);
  if (!artifact.error.empty()) {
    write_text(w, "error", artifact.error);
  } else {
    write_integer(w, "size", artifact.size);
    if (!artifact.file.empty()) {
      write_text(w, "file", artifact.file);
    } else if (wants_base64(artifact.content)) {
      write_key(w, "base64");
      w.Base64(artifact.content);
    } else {
      write_text(w, "content", artifact.content);
    }
  }
  w.EndObject();
}

void write_guest_usage(JsonWriter& w, const GuestUsage& usage) {
  w.StartObject();
  write_integer(w, "user_ms", usage.user_ms);
  write_integer(w, "system_ms", usage.system_ms);
  write_integer(w, "max_rss_kb", usage.mem_kb);
  write_integer(w, "io_kb", usage.io_kb);
  write_integer(w, "wall_ms", usage.wall_ms);
  w.EndObject();
}

void write_usage(JsonWriter& w, const TaskResult& r) {
  w.Key("usage");
  w.StartObject();
  w.Key("host");
  w.StartObject();
  if (r.host.cpu_ns) write_integer(w, "cpu_ns", *r.host.cpu_ns);
  if (r.host.memory_peak_bytes) write_integer(w, "memory_peak_bytes", *r.host.memory_peak_bytes);
  if (r.host.read_bytes) write_integer(w, "read_bytes", *r.host.read_bytes);
  if (r.host.write_bytes) write_integer(w, "write_bytes", *r.host.write_bytes);
  if (r.program_cpu) write_integer(w, "program_cpu_ns", *r.program_cpu);
  w.EndObject();
  if (r.guest) {
    w.Key("guest");
    write_guest_usage(w, *r.guest);
  }
  w.EndObject();
}

void write_ms(JsonWriter& w, std::string_view name, Nanoseconds duration) {
  write_key(w, name);
  w.Double(to_ms(duration));
}

void write_timing(JsonWriter& w, const TaskTiming& timing) {
  w.Key("timing");
  w.StartObject();
  write_ms(w, "queue_ms", timing.queue);
  write_ms(w, "claim_ms", timing.claim);
  if (timing.first_output) write_ms(w, "first_output_ms", timing.first_output);
  write_ms(w, "result_ms", timing.result);
  write_ms(w, "exec_ms", timing.exec);
  write_ms(w, "starved_ms", timing.starved);
  write_ms(w, "teardown_ms", timing.teardown);
  write_ms(w, "total_ms", timing.total);
  w.EndObject();
}

void write_machine(JsonWriter& w, const MachineReport& machine) {
  w.Key("machine");
  w.StartObject();
  write_text(w, "origin", machine.restored ? "template" : "boot");
  write_text(w, "pool", machine.hit ? "hit" : "miss");
  write_ms(w, "launch_ms", machine.launch);
  if (machine.restored) write_ms(w, "load_ms", machine.load);
  write_ms(w, "boot_ms", machine.boot);
  if (machine.exercise) write_ms(w, "exercise_ms", machine.exercise);
  w.EndObject();
}

void write_isolation(JsonWriter& w, const Isolation& isolation) {
  w.Key("isolation");
  w.StartObject();
  if (!isolation.accelerator.empty()) write_text(w, "accel", isolation.accelerator);
  write_strings(w, "jail", isolation.jail);
  if (isolation.unsafe_no_jail) write_bool(w, "unsafe_no_jail", true);
  write_strings(w, "cgroup", isolation.cgroup);
  if (!isolation.bpf.empty()) write_text(w, "bpf", isolation.bpf);
  write_strings(w, "limits_enforced", isolation.limits_enforced);
  w.Key("time_factor");
  w.Double(isolation.time_factor);
  w.EndObject();
}

void write_provenance(JsonWriter& w, const Provenance& provenance) {
  w.Key("provenance");
  w.StartObject();
  if (!provenance.image.empty()) write_text(w, "image", provenance.image);
  if (!provenance.kernel.empty()) write_text(w, "kernel", provenance.kernel);
  if (!provenance.qemu.empty()) write_text(w, "qemu", provenance.qemu);
  write_text(w, "mayfly", MAYFLY_VERSION);
  w.EndObject();
}

void write_error(JsonWriter& w, Ending ending, const TaskError& error) {
  w.Key("error");
  w.StartObject();
  write_text(w, "stage", error.stage);
  write_text(w, "code", describe(ending).name);
  write_text(w, "message", error.message);
  if (!error.hint.empty()) write_text(w, "hint", error.hint);
  w.EndObject();
}

void write_incident(JsonWriter& w, const Incident& incident) {
  w.Key("incident");
  w.StartObject();
  write_text(w, "kind", to_string(incident.kind));
  write_integer(w, "pid", incident.pid);
  if (!incident.comm.empty()) write_bytes(w, "comm", incident.comm);
  if (incident.syscall >= 0) write_integer(w, "syscall", incident.syscall);
  if (const std::string name = syscall_name(incident); !name.empty()) write_text(w, "syscall_name", name);
  if (!incident.path.empty()) write_bytes(w, "path", incident.path);
  w.EndObject();
}

void write_outcome(JsonWriter& w, const ProgramOutcome& outcome) {
  if (outcome.exit_code) write_integer(w, "exit_code", *outcome.exit_code);
  if (outcome.signal) write_integer(w, "signal", *outcome.signal);
  write_bytes(w, "stdout", outcome.out);
  write_bytes(w, "stderr", outcome.err);
  if (outcome.truncated) write_bool(w, "truncated", true);
  if (outcome.usage) {
    w.Key("usage");
    write_guest_usage(w, *outcome.usage);
  }
  if (outcome.cpu) write_integer(w, "program_cpu_ns", *outcome.cpu);
  if (outcome.starved) write_ms(w, "starved_ms", *outcome.starved);
}

// "check" and "compile", each an object.
void write_before(JsonWriter& w, const std::vector<ProgramReport>& reports) {
  for (const ProgramReport& report : reports) {
    write_key(w, to_string(report.kind));
    w.StartObject();
    write_outcome(w, report.outcome);
    w.EndObject();
  }
}

void write_score(JsonWriter& w, std::optional<double> score) {
  if (!score) return;
  w.Key("score");
  w.Double(*score);
}

void write_cases(JsonWriter& w, const std::vector<CaseResult>& cases) {
  w.Key("cases");
  w.StartArray();
  for (const CaseResult& one : cases) {
    w.StartObject();
    write_text(w, "id", one.id);
    write_text(w, "verdict", to_string(describe(one.outcome.ending).verdict));
    write_text(w, "evidence", to_string(describe(one.outcome.ending).evidence));
    write_score(w, one.score);
    if (!one.outcome.message.empty()) write_text(w, "message", one.outcome.message);
    write_outcome(w, one.outcome);
    w.EndObject();
  }
  w.EndArray();
}

void write_ending(JsonWriter& w, const TaskResult& r) {
  const EndingRow& row = describe(r.ending);
  write_text(w, "verdict", to_string(row.verdict));
  write_text(w, "fault", to_string(row.fault));
  write_bool(w, "retryable", row.retryable);
  write_text(w, "evidence", to_string(row.evidence));
  write_integer(w, "attempts", r.attempts);
  if (r.exit_code) write_integer(w, "exit_code", *r.exit_code);
  if (r.signal) write_integer(w, "signal", *r.signal);
}

// As base64 what is large takes a third more; text seldom does.
std::size_t likely_size(const TaskResult& r) {
  constexpr std::size_t kRest = 4096;
  std::size_t bytes = r.out.size() + r.err.size() + r.labels.size();
  for (const ProgramReport& report : r.before) bytes += report.outcome.out.size() + report.outcome.err.size();
  for (const CaseResult& one : r.cases) bytes += one.outcome.out.size() + one.outcome.err.size();
  for (const ArtifactResult& artifact : r.artifacts) bytes += artifact.content.size();
  return bytes + bytes / 3 + kRest;
}

}  // namespace

TaskResult spec_error_result(std::int64_t line, std::string message) {
  TaskResult result;
  result.line = line;
  result.ending = Ending::spec_invalid;
  result.attempts = 0;
  result.error = TaskError{"spec", std::move(message), ""};
  return result;
}

std::optional<double> TaskResult::score() const {
  std::optional<double> sum;
  for (const CaseResult& one : cases) {
    if (one.score) sum = sum.value_or(0) + *one.score;
  }
  return sum;
}

std::string to_json_line(const TaskResult& r) {
  JsonBuffer buffer;
  buffer.text().reserve(likely_size(r));  // growing would copy it all
  JsonWriter w(buffer);
  w.StartObject();
  write_integer(w, "schema", 1);
  if (!r.id.empty()) write_text(w, "id", r.id);
  if (r.line > 0) write_integer(w, "line", r.line);
  write_ending(w, r);
  if (!r.streamed) {
    write_output(w, "stdout", r.out, r.out_file);
    write_output(w, "stderr", r.err, r.err_file);
  }
  write_bool(w, "truncated", r.truncated);
  write_before(w, r.before);
  if (r.imports) write_strings(w, "imports", *r.imports);
  if (!r.comparison.empty()) write_text(w, "comparison", r.comparison);
  write_score(w, r.score());
  if (!r.cases.empty()) write_cases(w, r.cases);
  w.Key("artifacts");
  w.StartArray();
  for (const ArtifactResult& artifact : r.artifacts) write_artifact(w, artifact);
  w.EndArray();
  write_usage(w, r);
  write_timing(w, r.timing);
  if (r.machine) write_machine(w, *r.machine);
  write_isolation(w, r.isolation);
  write_provenance(w, r.provenance);
  if (r.error) write_error(w, r.ending, *r.error);
  if (r.incident) write_incident(w, *r.incident);
  w.Key("labels");
  w.RawValue(r.labels.data(), r.labels.size(), rapidjson::kObjectType);
  w.EndObject();
  buffer.Put('\n');
  return std::move(buffer.text());
}

}  // namespace mayfly
