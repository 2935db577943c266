// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "base/json_fields.h"
#include "names.h"
#include "protocol/message.h"

namespace mayfly {
namespace {

constexpr std::int64_t kMaxInteger = std::numeric_limits<std::int64_t>::max();

void write_usage(JsonWriter& w, const GuestUsage& usage) {
  w.Key("usage");
  w.StartObject();
  write_integer(w, "cpu_ms", usage.cpu_ms);
  write_integer(w, "user_ms", usage.user_ms);
  write_integer(w, "system_ms", usage.system_ms);
  write_integer(w, "mem_kb", usage.mem_kb);
  write_integer(w, "io_kb", usage.io_kb);
  write_integer(w, "wall_ms", usage.wall_ms);
  w.EndObject();
}

struct BodyWriter {
  JsonWriter& w;

  void operator()(const ReadyReply& r) {
    write_text(w, "status", "ready");
    write_text(w, "agent", r.agent);
  }
  void operator()(const AckReply&) { write_text(w, "status", "ack"); }
  void operator()(const StreamReply& r) {
    write_text(w, "stream", r.is_stderr ? "stderr" : "stdout");
    write_bytes(w, "data", r.data);
  }
  void operator()(const ExitReply& r) {
    write_text(w, "status", "exit");
    if (r.code) write_integer(w, "code", *r.code);
    if (r.signal) write_integer(w, "signal", *r.signal);
    if (r.timed_out) write_bool(w, "timed_out", true);
    if (r.out_of_memory) write_bool(w, "out_of_memory", true);
    if (r.out_of_processes) write_bool(w, "out_of_processes", true);
    if (r.exceeded) write_text(w, "exceeded", to_string(*r.exceeded));
    write_usage(w, r.usage);
  }
  void operator()(const DataReply& r) {
    write_text(w, "status", "data");
    write_bytes(w, "data", r.data);
    write_bool(w, "eof", r.eof);
  }
  void operator()(const ActionReply& r) {
    if (!r.wire_shape) write_text(w, "status", "result");
    write_bool(w, "ok", r.ok);
    write_bytes(w, "stdout", r.out);
    write_bytes(w, "stderr", r.err);
    write_integer(w, "exit_code", r.exit_code);
  }
  void operator()(const ErrorReply& r) {
    write_text(w, "status", "error");
    write_integer(w, "code", -1);
    write_text(w, "reason", to_string(r.reason));
    write_text(w, "message", r.message);
  }
};

GuestUsage read_usage(JsonFields& f) {
  GuestUsage usage;
  const JsonValue* object = f.object("usage");
  if (!object) return usage;
  JsonFields u(*object, "usage");
  const auto read = [&u](std::string_view name) {
    return u.integer(name, 0, kMaxInteger).value_or(0);
  };
  usage.cpu_ms = read("cpu_ms");
  usage.user_ms = read("user_ms");
  usage.system_ms = read("system_ms");
  usage.mem_kb = read("mem_kb");
  usage.io_kb = read("io_kb");
  usage.wall_ms = read("wall_ms");
  if (auto checked = u.finish(); !checked) f.fail("usage", "is wrong: " + checked.error().message());
  return usage;
}

ExitReply read_exit(JsonFields& f) {
  ExitReply r;
  if (const auto code = f.integer("code", 0, 255)) r.code = static_cast<int>(*code);
  if (const auto signal = f.integer("signal", 1, 64)) r.signal = static_cast<int>(*signal);
  r.timed_out = f.boolean("timed_out").value_or(false);
  r.out_of_memory = f.boolean("out_of_memory").value_or(false);
  r.out_of_processes = f.boolean("out_of_processes").value_or(false);
  if (const auto name = f.string("exceeded")) {
    r.exceeded = parse_limit(*name);
    if (!r.exceeded) f.fail("exceeded", "is not one of cpu_ms, stdout_bytes, stderr_bytes");
  }
  r.usage = read_usage(f);
  const int endings = (r.code ? 1 : 0) + (r.signal ? 1 : 0);
  if (endings > 1 || (endings == 0 && !r.timed_out && !r.exceeded)) {
    f.fail("code", "or 'signal': exactly one must be given");
  }
  return r;
}

ActionReply read_action(JsonFields& f, bool wire_shape) {
  ActionReply r;
  r.wire_shape = wire_shape;
  r.ok = f.boolean("ok").value_or(false);
  r.out = f.bytes("stdout").value_or("");
  r.err = f.bytes("stderr").value_or("");
  r.exit_code = static_cast<int>(f.integer("exit_code", -1, 255).value_or(0));
  return r;
}

ErrorReply read_error(JsonFields& f) {
  ErrorReply r;
  f.integer("code", -1, -1);
  f.require("reason");
  const auto reason = parse_refusal(f.string("reason").value_or(""));
  if (!reason) f.fail("reason", "is unknown");
  r.reason = reason.value_or(Refusal::failed);
  r.message = f.string("message").value_or("");
  return r;
}

StreamReply read_stream(JsonFields& f, std::string_view name) {
  StreamReply r;
  if (name != "stdout" && name != "stderr") f.fail("stream", "must be 'stdout' or 'stderr'");
  r.is_stderr = name == "stderr";
  r.data = f.bytes("data").value_or("");
  return r;
}

void read_body(JsonFields& f, std::string_view status, Reply& reply) {
  if (status == "ready") {
    reply.body = ReadyReply{std::string(f.string("agent").value_or(""))};
  } else if (status == "ack") {
    reply.body = AckReply{};
  } else if (status == "exit") {
    reply.body = read_exit(f);
  } else if (status == "data") {
    reply.body = DataReply{f.bytes("data").value_or(""), f.boolean("eof").value_or(false)};
  } else if (status == "result") {
    reply.body = read_action(f, false);
  } else if (status == "error") {
    reply.body = read_error(f);
  } else {
    f.fail("status", "is not one of ready, ack, exit, data, result, error");
  }
}

}  // namespace

std::string encode(const Reply& reply) {
  JsonBuffer buffer;
  JsonWriter w(buffer);
  w.StartObject();
  if (reply.id) write_integer(w, "id", *reply.id);
  std::visit(BodyWriter{w}, reply.body);
  w.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

Result<Reply> decode_reply(std::string_view line) {
  auto document = parse_json(line);
  if (!document) return std::move(document).error();
  JsonFields f(*document, "");
  Reply reply;
  reply.id = f.integer("id", 0, kMaxInteger);
  if (const auto stream = f.string("stream")) {
    reply.body = read_stream(f, *stream);
  } else if (const auto status = f.string("status")) {
    read_body(f, *status, reply);
  } else if (f.has("ok")) {
    reply.body = read_action(f, true);
  } else {
    f.fail("status", "or 'stream' is missing");
  }
  if (auto checked = f.finish(); !checked) return std::move(checked).error();
  return reply;
}

}  // namespace mayfly
