// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "defence.h"
#include "image/artifact.h"
#include "image/digest.h"
#include "machine/accelerator_proof.h"
#include "pool/pool.h"
#include "ring/ring.h"
#include "settings.h"
#include "sys/run_directory.h"
#include "runner/task_runner.h"
#include "template/template_cache.h"

namespace mayfly {

class Metrics;

// Everything of this machine that tasks run on, found and checked: the ring, QEMU, the
// accelerator, the guest kernel, images. Commands wire their parts from it.
class Host {
 public:
  // An error says what is missing and how to mend it.
  static Result<std::unique_ptr<Host>> open(const Settings& settings, const Log& log);

  Ring& ring() { return *ring_; }
  TemplateCache& templates() { return *templates_; }
  double time_factor() const { return time_factor_; }

  // Has all machines of environments that are asked for from now on measured. `metrics` (may be null) must outlive them.
  void measure(Metrics* metrics) { metrics_ = metrics; }

  // A pool that keeps up to `size` machines ready. It must not outlive the host.
  std::unique_ptr<Pool> make_pool(int size, const Log& log);

  // Lets all machines of the pool go, waits for what still runs for incidents and for the last metrics, and stops the
  // ring.
  void wind_up(Pool& pool);

  // The environment of tasks on this image; opened and verified at first use, and again when
  // another image has been published under the name: that one is used as soon as it can be. An
  // image whose digest is not remembered is verified here if `may_be_slow`, else refused:
  // hashing it takes seconds, and the loop must not stand still.
  Result<const TaskEnvironment*> environment(const std::string& image, bool may_be_slow);

 private:
  struct LoadedImage {
    Image image;
    TaskEnvironment environment;
    std::string version;  // of its manifest's file
  };

  explicit Host(const Settings& settings) : settings_(settings), digests_(settings.home) {}
  Result<void> find_qemu();
  Result<void> load_kernel(const Log& log);
  Result<void> defend(const Log& log);
  AcceleratorProof prove_kvm_here();
  Result<void> choose_accelerator(const Log& log);
  void choose_time_factor(const Log& log);
  MachineParts bare_parts() const;
  Result<void> check_requirements() const;
  Result<std::unique_ptr<LoadedImage>> load_image(const std::string& name, bool may_be_slow);

  Settings settings_;
  DigestCache digests_;
  std::unique_ptr<Ring> ring_;
  std::optional<RunDirectory> run_directory_;
  std::unique_ptr<Defence> defence_;
  std::string qemu_;
  std::string qemu_sha256_;
  std::string initramfs_sha256_;
  Kernel kernel_;
  Fd initramfs_;
  Accelerator accelerator_ = Accelerator::tcg;
  std::int64_t tsc_khz_ = 0;
  double time_factor_ = 1;
  std::map<std::string, std::unique_ptr<LoadedImage>> images_;
  std::vector<std::unique_ptr<LoadedImage>> replaced_;  // machines of theirs may still live
  std::unique_ptr<TemplateCache> templates_;
  Metrics* metrics_ = nullptr;
};

// The QEMU binary that these settings mean.
Result<std::string> find_qemu_binary(const Settings& settings);

// That nobody but root and this user can put anything where mayfly's state is, as far as it exists.
Result<void> check_home_trusted(const std::string& home);

// The agent's initramfs as a descriptor for QEMU.
Result<Fd> open_initramfs();

}  // namespace mayfly
