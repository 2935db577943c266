// SPDX-License-Identifier: Apache-2.0
#include "exchange.h"

#include <algorithm>
#include <utility>

namespace mayfly {
namespace {

constexpr Nanoseconds kExchangeTime = 30 * kSecond;
constexpr Nanoseconds kTimePerChunk = kSecond;
constexpr Nanoseconds kLongestExchange =
    600 * kSecond;  // however many files, and however often it answers

}  // namespace

Exchange::Exchange(Ring& ring, Machine& machine, TotalTime& total, Observer& observer, Kind kind)
    : machine_(machine),
      total_(total),
      observer_(observer),
      kind_(kind),
      elapsed_(ring, machine),
      timer_(ring, machine,
             {.on_expiry = [this] { take_silence(); },
              .on_overload =
                  [this] {
                    fail(Ending::host_overloaded,
                         "the agent got next to no time of the host's processors");
                  }}) {}

void Exchange::start() {
  pending_ = ask_next();
  if (pending_ == 0) return observer_.exchanged();
  elapsed_.start();
  wait(kind_.time);
}

void Exchange::wait(Nanoseconds time) {
  const Nanoseconds left = std::min(kLongestExchange - elapsed_.served(), total_.left());
  timer_.start(std::clamp<Nanoseconds>(left, 1, time));
}

void Exchange::take_silence() {
  if (total_.left() < kMillisecond) {
    return fail(Ending::host_timeout,
                "the task's files and programs took longer together than it may");
  }
  fail(kind_.silence, "the agent did not answer in time");
}

void Exchange::take_reply(const Reply& reply) {
  if (reply.id != pending_)
    return fail(Ending::agent_lied, "the agent answered a request that is not open");
  wait(timer_.remaining() + kTimePerChunk);
  if (auto failure = take_answer(reply)) return fail(failure->ending, std::move(failure->message));
  go_on();
}

void Exchange::go_on() {
  pending_ = ask_next();
  if (pending_ != 0) return;
  timer_.stop();
  observer_.exchanged();  // this may destroy us
}

void Exchange::fail(Ending ending, std::string message) {
  stop();
  observer_.exchange_failed(ending, {kind_.stage, std::move(message), ""});
}

std::optional<ProgramOutcome> Exchange::stop() {
  timer_.stop();
  pending_ = 0;
  return std::nullopt;
}

Settling::Settling(Ring& ring, Machine& machine, TotalTime& total, Observer& observer)
    : Exchange(ring, machine, total, observer,
               {"prepare", Ending::prepare_timeout, kLongestExchange}) {}

std::int64_t Settling::ask_next() {
  return std::exchange(asked_, true) ? 0 : machine().send(ActionRequest{Action::ping});
}

std::optional<Exchange::Failure> Settling::take_answer(const Reply& reply) {
  if (std::holds_alternative<ActionReply>(reply.body)) return std::nullopt;
  return Failure{Ending::agent_lied, "the agent answered 'ping' with something else"};
}

Upload::Upload(Ring& ring, Machine& machine, TotalTime& total, Observer& observer,
               std::vector<TaskFile> files, std::string cwd)
    : Exchange(ring, machine, total, observer, {"prepare", Ending::prepare_timeout, kExchangeTime}),
      files_(std::move(files)),
      cwd_(std::move(cwd)) {}

std::int64_t Upload::ask_next() {
  if (index_ == files_.size()) return 0;
  const TaskFile& file = files_[index_];
  PutRequest put{file.path,
                 cwd_,
                 file.mode,
                 static_cast<std::int64_t>(offset_),
                 file.content.str().substr(offset_, kMaxChunk),
                 false};
  offset_ += put.data.size();
  put.eof = offset_ == file.content.size();
  if (put.eof) {
    ++index_;
    offset_ = 0;
  }
  return machine().send(std::move(put));
}

std::optional<Exchange::Failure> Upload::take_answer(const Reply& reply) {
  if (std::holds_alternative<AckReply>(reply.body)) return std::nullopt;
  if (const auto* error = std::get_if<ErrorReply>(&reply.body)) {
    return Failure{Ending::files_refused,
                   "a file of the task cannot be written: " + error->message};
  }
  return Failure{Ending::agent_lied, "the agent answered 'put' with something else"};
}

Download::Download(Ring& ring, Machine& machine, TotalTime& total, Observer& observer,
                   std::vector<std::string> paths, std::string cwd, bool confined,
                   std::vector<ArtifactResult>& artifacts)
    : Exchange(ring, machine, total, observer, {"collect", Ending::collect_timeout, kExchangeTime}),
      paths_(std::move(paths)),
      cwd_(std::move(cwd)),
      confined_(confined),
      artifacts_(artifacts) {}

std::int64_t Download::ask_next() {
  if (index_ == paths_.size()) return 0;
  const std::string& path = paths_[index_];
  if (artifacts_.size() == index_) artifacts_.push_back({.path = path});
  const auto offset = static_cast<std::int64_t>(artifacts_.back().content.size());
  const std::int64_t left =
      std::max<std::int64_t>(kMaxArtifactBytes - static_cast<std::int64_t>(bytes_), 1);
  return machine().send(GetRequest{path, cwd_, offset, kMaxChunk, left, confined_});
}

std::optional<Exchange::Failure> Download::take_answer(const Reply& reply) {
  const auto* error = std::get_if<ErrorReply>(&reply.body);
  const auto* data = std::get_if<DataReply>(&reply.body);
  // Less than was asked for is the end of the file.
  if (!error &&
      (!data || data->data.size() > kMaxChunk || (data->data.size() < kMaxChunk && !data->eof))) {
    return Failure{Ending::agent_lied, "the agent answered 'get' with something else"};
  }
  ArtifactResult& artifact = artifacts_.back();
  add(artifact, error ? error->message : data->data, error != nullptr);
  const bool whole = !error && data->eof && artifact.error.empty();
  if (whole) artifact.size = static_cast<std::int64_t>(artifact.content.size());
  if (whole || error || !artifact.error.empty()) ++index_;
  return std::nullopt;
}

void Download::add(ArtifactResult& artifact, const std::string& bytes, bool is_error) {
  bytes_ += bytes.size();
  (is_error ? artifact.error : artifact.content) += bytes;
  if (bytes_ > static_cast<std::size_t>(kMaxArtifactBytes)) {
    bytes_ -= artifact.content.size() + artifact.error.size();
    artifact.content.clear();
    artifact.error =
        "the task's artifacts are larger than " + std::to_string(kMaxArtifactBytes) + " bytes";
  }
}

}  // namespace mayfly
