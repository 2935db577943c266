// SPDX-License-Identifier: Apache-2.0
#include "engine/batch_session.h"

#include <utility>

#include "engine/conditions.h"
#include "engine/signals.h"

namespace mayfly {
namespace {

BatchOptions on_host(BatchOptions options, Host& host) {
  options.on_result = [&host](const TaskResult& result) { host.count(result); };
  options.conditions = [&host](const TaskEnvironment& used) { return conditions_of(host.settings(), used); };
  return options;
}

}  // namespace

BatchSession::BatchSession(Host& host, int pool_size, BatchOptions options, Journal* journal, Fd input, Fd output)
    : host_(host),
      pool_(host.make_pool(pool_size)),
      batch_(
          host.ring(), *pool_, [&host](const std::string& image) { return host.environment(image, false); }, host.log(),
          on_host(std::move(options), host), journal, std::move(input), std::move(output),
          [this] { host_.wind_up(*pool_); }) {}

Result<void> BatchSession::run() {
  const auto signals = Signals::open(host_.ring(), [this](int signal) { batch_.interrupt(signal); });
  if (!signals) return signals.error();
  batch_.start();
  return host_.ring().run();
}

}  // namespace mayfly
