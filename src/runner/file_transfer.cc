// SPDX-License-Identifier: Apache-2.0
#include "file_transfer.h"

#include <algorithm>
#include <utility>

namespace mayfly {
namespace {

constexpr Nanoseconds kTransferTime = 30 * kSecond;
constexpr Nanoseconds kTimePerChunk = kSecond;
constexpr Nanoseconds kLongestTransfer = 600 * kSecond;  // however many files, and however often it answers

}  // namespace

FileTransfer::FileTransfer(Ring& ring, Machine& machine, OnFailure on_failure)
    : machine_(machine), on_failure_(std::move(on_failure)), elapsed_(ring, machine), timer_(ring, machine, {
        .on_expiry = [this] { take_silence(); },
        .on_overload = [this] { fail(Ending::host_overloaded, "the agent got next to no time of the host's processors"); }}) {}

void FileTransfer::begin(Mode mode, Nanoseconds time, OnDone on_done) {
  mode_ = mode;
  on_done_ = std::move(on_done);
  index_ = offset_ = 0;
  elapsed_.start();
  wait(time);
}

void FileTransfer::settle(OnDone on_done) {
  begin(Mode::settle, kLongestTransfer, std::move(on_done));
  pending_ = machine_.send(ActionRequest{Action::ping});
}

void FileTransfer::take_settled(const Reply& reply) {
  if (std::holds_alternative<ActionReply>(reply.body)) return done();
  fail(Ending::agent_lied, "the agent answered 'ping' with something else");
}

void FileTransfer::wait(Nanoseconds time) {
  const Nanoseconds left = std::min(kLongestTransfer - elapsed_.served(), left_of_total());
  timer_.start(std::clamp<Nanoseconds>(left, 1, time));
}

Nanoseconds FileTransfer::left_of_total() const {
  return total_ ? total_limit_ - total_->served() : std::numeric_limits<Nanoseconds>::max();
}

void FileTransfer::take_silence() {
  if (left_of_total() < kMillisecond) {
    return fail(Ending::host_timeout, "the task's files and programs took longer together than it may");
  }
  fail(mode_ == Mode::get ? Ending::collect_timeout : Ending::prepare_timeout, "the agent did not answer in time");
}

void FileTransfer::put(const std::vector<TaskFile>& files, const std::string& cwd, OnDone on_done) {
  if (files.empty()) return on_done();
  files_ = &files;
  cwd_ = cwd;
  begin(Mode::put, kTransferTime, std::move(on_done));
  put_next();
}

void FileTransfer::put_next() {
  if (index_ == files_->size()) return done();
  const TaskFile& file = (*files_)[index_];
  PutRequest put{
      file.path, cwd_, file.mode, static_cast<std::int64_t>(offset_), file.content.str().substr(offset_, kMaxChunk),
      false};
  offset_ += put.data.size();
  put.eof = offset_ == file.content.size();
  if (put.eof) {
    ++index_;
    offset_ = 0;
  }
  pending_ = machine_.send(std::move(put));
}

void FileTransfer::take_put(const Reply& reply) {
  if (std::holds_alternative<AckReply>(reply.body)) return put_next();
  if (const auto* error = std::get_if<ErrorReply>(&reply.body)) {
    return fail(Ending::files_refused, "a file of the task cannot be written: " + error->message);
  }
  fail(Ending::agent_lied, "the agent answered 'put' with something else");
}

void FileTransfer::get(const std::vector<std::string>& paths, const std::string& cwd, bool confined,
                       std::vector<ArtifactResult>& into, OnDone on_done) {
  if (paths.empty()) return on_done();
  confined_ = confined;
  cwd_ = cwd;
  paths_ = &paths;
  artifacts_ = &into;
  artifact_bytes_ = 0;
  begin(Mode::get, kTransferTime, std::move(on_done));
  get_next();
}

void FileTransfer::get_next() {
  if (index_ == paths_->size()) return done();
  const std::string& path = (*paths_)[index_];
  if (artifacts_->size() == index_) artifacts_->push_back({.path = path});
  const auto offset = static_cast<std::int64_t>(artifacts_->back().content.size());
  const std::int64_t left = std::max<std::int64_t>(kMaxArtifactBytes - static_cast<std::int64_t>(artifact_bytes_), 1);
  pending_ = machine_.send(GetRequest{path, cwd_, offset, kMaxChunk, left, confined_});
}

void FileTransfer::take_get(const Reply& reply) {
  const auto* error = std::get_if<ErrorReply>(&reply.body);
  const auto* data = std::get_if<DataReply>(&reply.body);
  // Less than was asked for is the end of the file.
  if (!error && (!data || data->data.size() > kMaxChunk || (data->data.size() < kMaxChunk && !data->eof))) {
    return fail(Ending::agent_lied, "the agent answered 'get' with something else");
  }
  ArtifactResult& artifact = artifacts_->back();
  add(artifact, error ? error->message : data->data, error != nullptr);
  const bool whole = !error && data->eof && artifact.error.empty();
  if (whole) artifact.size = static_cast<std::int64_t>(artifact.content.size());
  if (whole || error || !artifact.error.empty()) ++index_;
  get_next();
}

void FileTransfer::add(ArtifactResult& artifact, const std::string& bytes, bool is_error) {
  artifact_bytes_ += bytes.size();
  (is_error ? artifact.error : artifact.content) += bytes;
  if (artifact_bytes_ > static_cast<std::size_t>(kMaxArtifactBytes)) {
    artifact_bytes_ -= artifact.content.size() + artifact.error.size();
    artifact.content.clear();
    artifact.error = "the task's artifacts are larger than " + std::to_string(kMaxArtifactBytes) + " bytes";
  }
}

void FileTransfer::take_reply(const Reply& reply) {
  if (reply.id != pending_) return fail(Ending::agent_lied, "the agent answered a request that is not open");
  if (timer_.running()) wait(timer_.remaining() + kTimePerChunk);
  switch (mode_) {
    case Mode::settle: return take_settled(reply);
    case Mode::put: return take_put(reply);
    case Mode::get: return take_get(reply);
  }
}

void FileTransfer::done() {
  timer_.stop();
  pending_ = 0;
  std::exchange(on_done_, {})();
}

void FileTransfer::fail(Ending ending, std::string message) {
  timer_.stop();
  pending_ = 0;
  on_failure_(ending, mode_ == Mode::get ? "collect" : "prepare", std::move(message));
}

}  // namespace mayfly
