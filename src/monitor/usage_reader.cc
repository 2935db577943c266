// SPDX-License-Identifier: Apache-2.0
#include "monitor/usage_reader.h"

#include <array>
#include <string_view>

namespace mayfly {

// Owns the file that is being read: it may live longer than the reader.
class UsageReader::Read : public Op {
 public:
  explicit Read(UsageReader& reader) : reader_(&reader) {}

  void start(Ring& ring, Fd file) {
    file_ = std::move(file);
    ring.read(*this, file_.get(), text_.data(), text_.size());
  }
  void forget() { reader_ = nullptr; }
  std::string_view text(int size) const { return {text_.data(), static_cast<std::size_t>(size)}; }

  void complete(int result, std::uint32_t) override {
    if (reader_) reader_->take(result);
  }

 private:
  UsageReader* reader_;
  Fd file_;
  std::array<char, 4096> text_;
};

UsageReader::UsageReader(Ring& ring, std::vector<CgroupCounter> counters, std::function<void(const CgroupUsage&)> on_usage)
    : ring_(ring), counters_(std::move(counters)), on_usage_(std::move(on_usage)), read_(std::make_unique<Read>(*this)) {
  if (counters_.empty()) {
    ring_.nop(*read_);
  } else {
    next();
  }
}

UsageReader::~UsageReader() {
  read_->forget();
  ring_.retire(std::move(read_));
}

void UsageReader::next() { read_->start(ring_, std::move(counters_.back().file)); }

void UsageReader::take(int result) {
  if (!counters_.empty()) {
    if (result > 0) counters_.back().parse(read_->text(result), usage_);
    counters_.pop_back();
    if (!counters_.empty()) return next();
  }
  const auto on_usage = std::move(on_usage_);
  on_usage(usage_);  // this may destroy us
}

}  // namespace mayfly
