// SPDX-License-Identifier: Apache-2.0
#include "runner/stdin_feed.h"

#include <utility>

#include "program_run.h"

namespace mayfly {

void StdinFeed::feed(std::string_view bytes) {
  if (state_ == State::connected) return taker_->feed_stdin(bytes);
  if (state_ == State::waiting) bytes_.append(bytes);
}

void StdinFeed::end() {
  ended_ = true;
  if (state_ == State::connected) taker_->end_stdin();
}

void StdinFeed::connect(ProgramRun& taker) {
  state_ = State::connected;
  taker_ = &taker;
  if (!bytes_.empty()) taker.feed_stdin(std::exchange(bytes_, {}));
  if (ended_) taker.end_stdin();
}

void StdinFeed::disconnect() {
  if (state_ == State::connected) state_ = State::done;
  taker_ = nullptr;
}

}  // namespace mayfly
