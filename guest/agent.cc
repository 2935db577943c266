// SPDX-License-Identifier: Apache-2.0
#include "guest/agent.h"

#include <sys/reboot.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "base/json_fields.h"
#include "guest/actions.h"
#include "guest/console.h"
#include "guest/file_requests.h"
#include "guest/identity.h"

namespace mayfly::guest {
namespace {

constexpr std::int64_t kNoId = 0;  // what a request without an id decodes to

std::optional<std::int64_t> given(std::int64_t id) {
  return id == kNoId ? std::nullopt : std::optional(id);
}

// The id of a line that is no request otherwise, so that the host knows which one it was.
std::optional<std::int64_t> id_of(std::string_view line) {
  const auto document = parse_json(line);
  if (!document) return std::nullopt;
  return JsonFields(*document, "").integer("id", 0, std::numeric_limits<std::int64_t>::max());
}

bool is_missing(const Error& error) { return error.code() == ENOENT || error.code() == ENOTDIR; }

ErrorReply file_refusal(const Error& error) {
  return {is_missing(error) ? Refusal::not_found : Refusal::failed, error.message()};
}

std::optional<ErrorReply> check_path(const std::string& path, const std::string& cwd) {
  if (path.empty()) return ErrorReply{Refusal::invalid, "'path' is empty"};
  if ((path + cwd).find('\0') == std::string::npos) return std::nullopt;
  return ErrorReply{Refusal::invalid, "'path' or 'cwd' holds a NUL character"};
}

void wipe(std::string& secret) { ::explicit_bzero(secret.data(), secret.size()); }

}  // namespace

Agent::Agent(Loop& loop, Fd port)
    : loop_(loop), channel_(std::move(port), *this), task_(loop, channel_), reaper_(task_) {}

Result<void> Agent::open() {
  if (auto opened = task_.open(); !opened) return opened;
  if (auto opened = reaper_.open(loop_); !opened) return opened;
  return channel_.open(loop_);
}

void Agent::greet(const Result<void>& boot) {
  if (boot) return channel_.send({{}, ReadyReply{MAYFLY_VERSION}});
  complain(boot.error().message());
  refuse({}, Refusal::failed, boot.error().message());
}

void Agent::on_hangup() {
  // Nobody will take an answer any more. Without ACPI a power-off only halts; a restart ends
  // the machine, because QEMU runs with -no-reboot.
  ::reboot(RB_AUTOBOOT);
}

void Agent::on_long_line() { refuse({}, Refusal::invalid, "the line is longer than 1 MiB"); }

void Agent::on_line(std::string_view line) {
  auto request = decode_request(line);
  if (!request) return refuse(id_of(line), Refusal::invalid, request.error().message());
  if (const auto turned_away = gate_.check(*request)) {
    answer(given(request->id), turned_away);
  } else {
    handle(*request);
  }
  wipe(request->token);
}

void Agent::handle(Request& request) {
  std::visit([&](auto& body) { run(given(request.id), body); }, request.body);
}

void Agent::refuse(Id id, Refusal reason, const std::string& message) {
  channel_.send({id, ErrorReply{reason, message}});
}

void Agent::answer(Id id, const std::optional<ErrorReply>& refusal) {
  if (refusal) channel_.send({id, *refusal});
}

void Agent::run(Id id, ResumeRequest& request) {
  if (request.new_token.empty()) return refuse(id, Refusal::invalid, "'new_token' is empty");
  if (auto done = assume_identity(request); !done) {
    return refuse(id, Refusal::failed, done.error().message());
  }
  gate_.set_token(std::move(request.new_token));
  channel_.send({id, AckReply{}});
}

void Agent::run(Id id, ExecRequest& request) {
  if (auto set = set_clock(request.realtime_ns); !set) {
    return refuse(id, Refusal::failed, set.error().message());
  }
  answer(id, task_.start(id, request));
}

void Agent::run(Id id, StdinRequest& request) {
  answer(id, task_.give_input(id, std::move(request)));
}

void Agent::run(Id id, SignalRequest& request) {
  if (const auto refusal = task_.signal(request.number)) return answer(id, refusal);
  channel_.send({id, AckReply{}});
}

void Agent::run(Id, EndRequest&) { task_.end_program(); }

void Agent::run(Id id, PutRequest& request) {
  if (const auto wrong = check_path(request.path, request.cwd)) return answer(id, wrong);
  if (const auto done = put_file(request); !done) return answer(id, file_refusal(done.error()));
  if (is_for_tmp(request)) task_.note_tmp();
  channel_.send({id, AckReply{}});
}

void Agent::run(Id id, GetRequest& request) {
  if (const auto wrong = check_path(request.path, request.cwd)) return answer(id, wrong);
  const auto data = get_file(request, task_.view());
  if (!data) return answer(id, file_refusal(data.error()));
  channel_.send({id, *data});
}

void Agent::run(Id id, ActionRequest& request) { channel_.send({id, run_action(request)}); }

}  // namespace mayfly::guest
