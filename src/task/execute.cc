// SPDX-License-Identifier: Apache-2.0
#include "task/execute.h"

#include <algorithm>
#include <limits>

#include "base/encoding.h"
#include "task_limits.h"

namespace mayfly {
namespace {

std::string decoded(JsonFields& request, std::string_view name) {
  const auto text = request.string(name);
  auto bytes = text ? base64_decode(*text) : std::string();
  if (!bytes) request.fail(name, "is not base64 (RFC 4648, padded)");
  return std::move(bytes).value_or("");
}

// Empty: it did not come to a result.
std::string_view status_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "success";
    case Verdict::timeout:
    case Verdict::cpu_exceeded: return "timeout";
    case Verdict::memory_exceeded: return "memory_exceeded";
    case Verdict::compile_error: return "compilation_error";
    case Verdict::wrong_output:
    case Verdict::nonzero_exit:
    case Verdict::signalled:
    case Verdict::output_exceeded:
    case Verdict::disk_exceeded:
    case Verdict::escape_detected: return "runtime_error";
    case Verdict::policy_rejected:
    case Verdict::infra_error:
    case Verdict::spec_error:
    case Verdict::cancelled: break;
  }
  return "";
}

std::string_view error_of(Ending ending) {
  if (ending == Ending::unknown_language) return "unsupported_language";
  const Fault fault = describe(ending).fault;
  return fault == Fault::config || fault == Fault::policy ? "invalid_request" : "internal_error";
}

// The guest may say anything.
std::int64_t bytes_of_kib(std::int64_t kib) { return std::min(kib, std::numeric_limits<std::int64_t>::max() >> 10) << 10; }

const ProgramOutcome* compilation_of(const TaskResult& result) {
  for (const ProgramReport& report : result.before) {
    if (report.kind == ProgramKind::compile) return &report.outcome;
  }
  return nullptr;
}

void write_result(JsonWriter& w, const TaskResult& result) {
  const ProgramOutcome* compilation = compilation_of(result);
  const bool failed = result.verdict() == Verdict::compile_error && compilation;
  write_text(w, "status", status_of(result.verdict()));
  write_text(w, "stdout", base64_encode(failed ? compilation->out : result.out));
  write_text(w, "stderr", base64_encode(failed ? compilation->err : result.err));
  const auto exit_code = failed ? compilation->exit_code : result.exit_code;
  const int signal = result.signal.value_or(0);
  write_integer(w, "exit_code", exit_code ? *exit_code : signal ? 128 + signal : -1);
  write_integer(w, "execution_time", result.guest ? result.guest->wall_ms : result.timing.exec / kMillisecond);
  write_integer(w, "memory_used", result.guest ? bytes_of_kib(result.guest->mem_kb) : 0);
  write_integer(w, "compilation_time", compilation && compilation->usage ? compilation->usage->wall_ms : 0);
}

void write_error(JsonWriter& w, const TaskResult& result) {
  if (result.id.empty() || result.attempts == 0) write_integer(w, "line", result.line);
  write_text(w, "error", error_of(result.ending));
  write_text(w, "message", result.error ? result.error->message : std::string(describe(result.ending).name));
}

template <class Write>
std::string line_of(const std::string& id, std::string_view type, Write write) {
  JsonBuffer buffer;
  JsonWriter w(buffer);
  w.StartObject();
  if (!id.empty()) write_text(w, "id", id);
  write_text(w, "type", type);
  write(w);
  w.EndObject();
  buffer.Put('\n');
  return std::move(buffer.text());
}

}  // namespace

bool is_execute(const JsonFields& request) { return request.has("type"); }

void read_execute(JsonFields& request, TaskSpec& spec, const Ceilings& ceilings) {
  if (request.string("type") != "execute") request.fail("type", "must be 'execute'");
  for (const char* field : {"id", "language", "code"}) request.require(field);
  spec.language = request.string("language").value_or("");
  spec.sandbox = true;
  spec.source = decoded(request, "code");
  spec.stdin_data = decoded(request, "stdin");
  for (auto [name, field] : {std::pair{"timeout", "timeout_ms"}, std::pair{"memory_limit", "memory_bytes"}}) {
    const LimitRow& row = limit_row(field);
    if (const auto value = read_limit(request, name, row, ceilings)) set(spec.limits, row, *value);
  }
}

std::string execute_ack(const TaskSpec& spec) {
  return line_of(spec.id, "ack", [](JsonWriter&) {});
}

std::string execute_result(const TaskResult& result) {
  if (status_of(result.verdict()).empty()) {
    return line_of(result.id, "error", [&](JsonWriter& w) { write_error(w, result); });
  }
  return line_of(result.id, "result", [&](JsonWriter& w) { write_result(w, result); });
}

}  // namespace mayfly
