// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "base/encoding.h"
#include "base/json_fields.h"
#include "names.h"
#include "protocol/message.h"

namespace mayfly {
namespace {

constexpr std::int64_t kMaxInteger = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMaxUser = std::numeric_limits<std::uint32_t>::max() - 1;
// The most that Linux takes: PID_MAX_LIMIT, and the usual fs.nr_open.
constexpr std::int64_t kMaxProcesses = 4 << 20;
constexpr std::int64_t kMaxOpenFiles = 1 << 20;

void write_map(JsonWriter& w, std::string_view name, const std::map<std::string, std::string>& texts) {
  write_key(w, name);
  w.StartObject();
  for (const auto& [key, text] : texts) write_text(w, key, text);
  w.EndObject();
}

void write_sandbox(JsonWriter& w, const Sandbox& sandbox) {
  const auto limit = [&w](std::string_view name, std::int64_t value) {
    if (value) write_integer(w, name, value);
  };
  w.Key("sandbox");
  w.StartObject();
  write_text(w, "directory", sandbox.directory);
  limit("processes", sandbox.processes);
  limit("open_files", sandbox.open_files);
  limit("file_bytes", sandbox.file_bytes);
  limit("cpu_ms", sandbox.cpu_ms);
  limit("stdout_bytes", sandbox.stdout_bytes);
  limit("stderr_bytes", sandbox.stderr_bytes);
  if (sandbox.fresh) write_bool(w, "fresh", true);
  if (sandbox.keep) write_bool(w, "keep", true);
  w.EndObject();
}

struct BodyWriter {
  JsonWriter& w;

  void operator()(const ResumeRequest& r) {
    write_text(w, "cmd", "resume");
    write_text(w, "new_token", r.new_token);
    write_text(w, "hostname", r.hostname);
    write_integer(w, "realtime_ns", r.realtime_ns);
    write_text(w, "entropy", base64_encode(r.entropy));
  }
  void operator()(const ExecRequest& r) {
    write_text(w, "cmd", "exec");
    write_text(w, "bin", r.bin);
    write_strings(w, "args", r.args);
    write_map(w, "env", r.env);
    write_text(w, "cwd", r.cwd);
    write_integer(w, "timeout", r.timeout_ms);
    write_bool(w, "stdin", r.stdin_open);
    if (r.permissions) write_strings(w, "permissions", *r.permissions);
    if (r.user) write_integer(w, "user", *r.user);
    if (r.realtime_ns) write_integer(w, "realtime_ns", r.realtime_ns);
    if (r.memory_bytes) write_integer(w, "memory_bytes", r.memory_bytes);
    if (r.sync) write_bool(w, "sync", true);
    if (r.sandbox) write_sandbox(w, *r.sandbox);
    if (r.prestart) write_map(w, "prestart", *r.prestart);
  }
  void operator()(const StdinRequest& r) {
    write_text(w, "cmd", "stdin");
    write_bytes(w, "data", r.data);
    write_bool(w, "eof", r.eof);
  }
  void operator()(const SignalRequest& r) {
    write_text(w, "cmd", "signal");
    write_integer(w, "signal", r.number);
  }
  void operator()(const EndRequest&) { write_text(w, "cmd", "end"); }
  void operator()(const PutRequest& r) {
    write_text(w, "cmd", "put");
    write_text(w, "path", r.path);
    write_text(w, "cwd", r.cwd);
    write_integer(w, "mode", r.mode);
    write_integer(w, "offset", r.offset);
    write_bytes(w, "data", r.data);
    write_bool(w, "eof", r.eof);
  }
  void operator()(const GetRequest& r) {
    write_text(w, "cmd", "get");
    write_text(w, "path", r.path);
    write_text(w, "cwd", r.cwd);
    write_integer(w, "offset", r.offset);
    write_integer(w, "max_bytes", r.max_bytes);
    write_integer(w, "most_bytes", r.most_bytes);
    write_bool(w, "confined", r.confined);
  }
  void operator()(const ActionRequest& r) {
    write_text(w, r.wire_shape ? "action" : "cmd", to_string(r.action));
  }
};

std::string text_or(std::optional<std::string_view> text, std::string_view otherwise) {
  return std::string(text.value_or(otherwise));
}

ResumeRequest read_resume(JsonFields& f) {
  ResumeRequest r;
  f.require("new_token");
  r.new_token = text_or(f.string("new_token"), "");
  r.hostname = text_or(f.string("hostname"), "");
  r.realtime_ns = f.integer("realtime_ns", 0, kMaxInteger).value_or(0);
  auto entropy = base64_decode(f.string("entropy").value_or(""));
  if (!entropy) f.fail("entropy", "is not base64");
  r.entropy = std::move(entropy).value_or("");
  return r;
}

std::optional<Sandbox> read_sandbox(JsonFields& f) {
  const JsonValue* object = f.object("sandbox");
  if (!object) return std::nullopt;
  JsonFields s(*object, "sandbox");
  const auto limit = [&s](std::string_view name, std::int64_t max) {
    return s.integer(name, 0, max).value_or(0);
  };
  Sandbox sandbox;
  s.require("directory");
  sandbox.directory = text_or(s.string("directory"), "");
  sandbox.processes = limit("processes", kMaxProcesses);
  sandbox.open_files = limit("open_files", kMaxOpenFiles);
  sandbox.file_bytes = limit("file_bytes", kMaxInteger);
  sandbox.cpu_ms = limit("cpu_ms", kMaxRequestMs);
  sandbox.stdout_bytes = limit("stdout_bytes", kMaxInteger);
  sandbox.stderr_bytes = limit("stderr_bytes", kMaxInteger);
  sandbox.fresh = s.boolean("fresh").value_or(false);
  sandbox.keep = s.boolean("keep").value_or(false);
  if (auto checked = s.finish(); !checked) f.fail("sandbox", "is wrong: " + checked.error().message());
  return sandbox;
}

ExecRequest read_exec(JsonFields& f) {
  ExecRequest r;
  f.require("bin");
  r.bin = text_or(f.string("bin"), "");
  r.args = f.strings("args").value_or(std::vector<std::string>{});
  r.env = f.string_map("env").value_or(std::map<std::string, std::string>{});
  r.cwd = text_or(f.string("cwd"), "");
  r.timeout_ms = f.integer("timeout", 0, kMaxRequestMs).value_or(0);
  r.stdin_open = f.boolean("stdin").value_or(false);
  r.permissions = f.strings("permissions");
  if (const auto user = f.integer("user", 0, kMaxUser)) r.user = static_cast<std::uint32_t>(*user);
  r.realtime_ns = f.integer("realtime_ns", 0, kMaxInteger).value_or(0);
  r.memory_bytes = f.integer("memory_bytes", 0, kMaxInteger).value_or(0);
  r.sync = f.boolean("sync").value_or(false);
  r.sandbox = read_sandbox(f);
  r.prestart = f.string_map("prestart");
  if (r.sandbox && r.user) f.fail("user", "and 'sandbox' exclude each other");
  return r;
}

StdinRequest read_stdin(JsonFields& f) {
  return {f.bytes("data").value_or(""), f.boolean("eof").value_or(false)};
}

SignalRequest read_signal(JsonFields& f) {
  f.require("signal");
  return {static_cast<int>(f.integer("signal", 1, 64).value_or(0))};
}

PutRequest read_put(JsonFields& f) {
  PutRequest r;
  f.require("path");
  r.path = text_or(f.string("path"), "");
  r.cwd = text_or(f.string("cwd"), "");
  r.mode = static_cast<std::uint32_t>(f.integer("mode", 0, 07777).value_or(0644));
  r.offset = f.integer("offset", 0, kMaxInteger).value_or(0);
  r.data = f.bytes("data").value_or("");
  r.eof = f.boolean("eof").value_or(false);
  return r;
}

GetRequest read_get(JsonFields& f) {
  GetRequest r;
  f.require("path");
  r.path = text_or(f.string("path"), "");
  r.cwd = text_or(f.string("cwd"), "");
  r.offset = f.integer("offset", 0, kMaxInteger).value_or(0);
  f.require("max_bytes");
  r.max_bytes = f.integer("max_bytes", 1, kMaxChunk).value_or(0);
  r.most_bytes = f.integer("most_bytes", 0, kMaxInteger).value_or(0);
  r.confined = f.boolean("confined").value_or(false);
  return r;
}

void read_body(JsonFields& f, std::string_view command, Request& request) {
  if (command == "resume") {
    request.body = read_resume(f);
  } else if (command == "exec") {
    request.body = read_exec(f);
  } else if (command == "stdin") {
    request.body = read_stdin(f);
  } else if (command == "signal") {
    request.body = read_signal(f);
  } else if (command == "end") {
    request.body = EndRequest{};
  } else if (command == "put") {
    request.body = read_put(f);
  } else if (command == "get") {
    request.body = read_get(f);
  } else if (const auto action = parse_action(command)) {
    request.body = ActionRequest{*action, false};
  } else {
    f.fail("cmd", "is not one of resume, exec, stdin, signal, end, put, get, ping, uname, id, work");
  }
}

}  // namespace

std::string encode(const Request& request) {
  JsonBuffer buffer;
  JsonWriter w(buffer);
  w.StartObject();
  write_integer(w, "id", request.id);
  write_text(w, "token", request.token);
  std::visit(BodyWriter{w}, request.body);
  w.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

Result<Request> decode_request(std::string_view line) {
  auto document = parse_json(line);
  if (!document) return std::move(document).error();
  JsonFields f(*document, "");
  Request request;
  request.id = f.integer("id", 0, kMaxInteger).value_or(0);
  request.token = text_or(f.string("token"), "");
  if (f.has("action") && !f.has("cmd")) {
    const auto action = parse_action(f.string("action").value_or(""));
    if (!action) f.fail("action", "is not one of ping, uname, id, work");
    request.body = ActionRequest{action.value_or(Action::ping), true};
  } else {
    f.require("cmd");
    if (const auto command = f.string("cmd")) read_body(f, *command, request);
  }
  if (auto checked = f.finish(); !checked) return std::move(checked).error();
  return request;
}

}  // namespace mayfly
