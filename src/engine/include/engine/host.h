// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/log.h"
#include "engine/assets.h"
#include "engine/containment.h"
#include "engine/image_environments.h"
#include "engine/settings.h"
#include "image/digest.h"
#include "machine/accelerator_proof.h"
#include "metrics/metrics.h"
#include "pool/pool.h"
#include "ring/ring.h"
#include "sys/run_directory.h"
#include "template/template_cache.h"

namespace mayfly {

// This computer, ready to run tasks: found, checked, and with everything that all tasks share. Whoever runs some (a
// session, see there) is made from it and goes before it. One at a time in a process.
class Host {
 public:
  // Takes seconds where the accelerator's proof or the time factor is not remembered. An error says what is missing and
  // how to mend it.
  static Result<std::unique_ptr<Host>> open(const Settings& settings, const Log& log);

  const Settings& settings() const { return settings_; }
  const Log& log() const { return log_; }
  Ring& ring() { return *ring_; }
  TemplateCache& templates() { return *templates_; }
  double time_factor() const { return time_factor_; }

  // From now on, machines of all environments are measured. Before the first environment().
  Result<void> measure(MetricsFiles files);

  // Counts a task's result in the metrics, if there are any.
  void count(const TaskResult& result);

  // The environment of tasks on this image; see ImageEnvironments. It lives as long as the host.
  Result<const TaskEnvironment*> environment(const std::string& image, bool may_be_slow);

  // Has these images verified now, so that environment() need not be slow; warns of those that cannot be used.
  void verify_images(const std::set<std::string>& names);

  // A pool that keeps up to `size` machines ready. It goes before the host.
  std::unique_ptr<Pool> make_pool(int size);

  // Lets all machines of the pool go, waits for what still runs for incidents and for the last metrics, and stops the
  // ring.
  void wind_up(Pool& pool);

 private:
  Host(const Settings& settings, const Log& log, Assets assets, RunDirectory run_directory, std::unique_ptr<Ring> ring,
       std::unique_ptr<Containment> containment);
  AcceleratorProof prove_kvm_here();
  Result<void> choose_accelerator();
  void choose_time_factor();
  Result<void> check_requirements() const;
  MachineParts bare_parts();
  TaskEnvironment common_environment();

  // In the order of their lives: each may use those before it.
  Settings settings_;
  Log log_;
  DigestCache digests_;
  Assets assets_;
  RunDirectory run_directory_;
  std::unique_ptr<Ring> ring_;
  std::unique_ptr<Metrics> metrics_;  // null: nothing is measured
  std::unique_ptr<Containment> containment_;
  VmmSpec vmm_;
  double time_factor_ = 1;
  std::optional<ImageEnvironments> environments_;
  std::unique_ptr<TemplateCache> templates_;
};

}  // namespace mayfly
