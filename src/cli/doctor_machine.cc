// SPDX-License-Identifier: Apache-2.0
// Checks of what machines are made of, and of machines themselves.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "doctor_checks.h"
#include "engine/run_session.h"
#include "machine/time_factor.h"
#include "sys/files.h"
#include "sys/process.h"

namespace mayfly {
namespace {

constexpr std::size_t kTestOutput = 1 << 20;
constexpr int kTestStatus = 7;
constexpr const char* kLeanQemu = "/qemu/bin/qemu-system-x86_64";  // from scripts/build-qemu

Check failed(const std::string& name, const Error& error) {
  return {name, CheckStatus::failure, error.message(), error.hint()};
}

// The first line that `<qemu> --version` prints.
Result<std::string> qemu_version(const std::string& qemu) {
  auto pipe = make_pipe();
  if (!pipe) return std::move(pipe).error();
  auto process = Process::spawn({.path = qemu,
                                 .argv = {qemu, "--version"},
                                 .env = {"LC_ALL=C"},
                                 .inherit = {},
                                 .stdout_fd = pipe->second.get()});
  if (!process) return std::move(process).error();
  pipe->second.reset();
  std::array<char, 256> buffer;
  const ssize_t got = ::read(pipe->first.get(), buffer.data(), buffer.size());
  (void)process->kill(SIGKILL);  // it has said enough
  process->wait();
  if (const auto end = process->reap(); !end) return end.error();
  const std::string text(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  if (text.empty()) return Error(qemu + " --version prints nothing");
  return text.substr(0, text.find('\n'));
}

TaskSpec shell_task(const std::string& script, std::int64_t timeout_ms) {
  TaskSpec spec;
  spec.id = "doctor";
  spec.bin = "sh";
  spec.args = {"-c", script};
  spec.env = default_environment();
  spec.limits.timeout_ms = timeout_ms;
  return spec;
}

std::string milliseconds(Nanoseconds duration) {
  return std::to_string(duration / kMillisecond) + " ms";
}

std::string number(double factor) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%g", factor);
  return text.data();
}

// What this QEMU costs a task, and where the machine came from.
std::string machine_costs(const TaskResult& result) {
  const MachineReport machine = result.machine.value_or(MachineReport{});
  std::string text = "QEMU starts in " + milliseconds(machine.launch);
  text += machine.restored ? ", takes a template over in " + milliseconds(machine.load) : ", no template";
  text += ", the guest is there after " + milliseconds(machine.boot) + "; program " +
          milliseconds(result.timing.exec) + ", tear-down " + milliseconds(result.timing.teardown);
  return text + "; QEMU's memory " + std::to_string(result.host.memory_peak_bytes.value_or(0) >> 20) + " MiB";
}

Check bad_result(const std::string& what, const TaskResult& result) {
  return {"task", CheckStatus::failure,
          what + ": " + std::string(to_string(result.verdict())) +
              (result.error ? ", " + result.error->message : ""),
          "run again with --log-level debug; if it persists, report it with this output"};
}

}  // namespace

Check check_qemu(const Settings& settings) {
  const auto path = find_qemu_binary(settings);
  if (!path) return failed("qemu", path.error());
  const auto version = qemu_version(*path);
  if (!version) return failed("qemu", version.error());
  const std::string lean = settings.home + kLeanQemu;
  const bool other = *path != lean && ::access(lean.c_str(), X_OK) == 0;
  return {"qemu", CheckStatus::ok, *path + ", " + *version,
          other ? "a leaner one is there, too: --qemu " + lean : ""};
}

Check check_kernel(const Settings& settings) {
  const auto kernel = open_kernel(settings.home);
  if (!kernel) return failed("kernel", kernel.error());
  if (auto verified = verify(kernel->vmlinux, DigestCache(settings.home)); !verified) {
    return failed("kernel", verified.error());
  }
  return {"kernel", CheckStatus::ok, kernel->release + ", sha256 " + kernel->vmlinux.sha256.substr(0, 16), ""};
}

std::vector<Check> check_images(const Settings& settings) {
  std::vector<Check> checks;
  auto names = list_images(settings.home);
  if (names.empty()) names.push_back(settings.image);  // its absence is the finding
  for (const std::string& name : names) {
    const auto image = open_image(settings.home, name);
    auto verified = image ? verify(image->disk, DigestCache(settings.home)) : Result<void>(image.error());
    if (!verified) {
      checks.push_back(failed("image " + name, verified.error()));
    } else {
      checks.push_back({"image " + name, CheckStatus::ok,
                        std::to_string(image->packages.size()) + " packages, sha256 " +
                            image->disk.sha256.substr(0, 16), ""});
    }
  }
  return checks;
}

Check check_accelerator(const Settings& settings) {
  forget_proof(settings.home);
  Settings only_kvm = settings;
  only_kvm.accelerator = "kvm";
  const auto host = Host::open(only_kvm, Log(LogLevel::off));
  if (host) return {"accelerator", CheckStatus::ok, "KVM: a guest booted under it", ""};
  return {"accelerator", CheckStatus::warning, "emulation (TCG): " + host.error().message(),
          "tasks run, 10 to 30 times slower; for KVM use a host with hardware virtualization "
          "and let this user open /dev/kvm (usermod -aG kvm USER)"};
}

Check check_time_factor(const Settings& settings) {
  forget_time_factor(settings.home);
  Settings measured = settings;
  measured.time_factor.reset();
  const auto host = Host::open(measured, Log(LogLevel::off));
  if (!host) return failed("time factor", host.error());
  const std::string factor = number(settings.time_factor.value_or((*host)->time_factor()));
  if (settings.time_factor) return {"time factor", CheckStatus::ok, factor + ", as told; " + number((*host)->time_factor()) + " was measured", ""};
  return {"time factor", CheckStatus::ok, factor + ": tasks get so many times the time that they ask for", ""};
}

Check check_task(const Settings& settings) {
  const auto host = Host::open(settings, Log(LogLevel::off));
  if (!host) return failed("task", host.error());
  const auto found = (*host)->environment(settings.image, true);
  if (!found) return failed("task", found.error());
  TaskEnvironment environment = **found;
  environment.isolation.time_factor = 1;  // nobody shall wait for the time-out longer than it takes
  const auto first = run_task(
      **host, environment,
      shell_task("head -c " + std::to_string(kTestOutput) + " /dev/zero; exit " + std::to_string(kTestStatus), 60'000));
  if (!first) return failed("task", first.error());
  if (first->exit_code != kTestStatus || first->out != std::string(kTestOutput, '\0')) {
    return bad_result("a program's exit code and megabyte of output came back wrong", *first);
  }
  const auto second = run_task(**host, environment, shell_task("sleep 600", 1'000));
  if (!second) return failed("task", second.error());
  if (second->verdict() != Verdict::timeout) return bad_result("a time-out was not noticed", *second);
  return {"task", CheckStatus::ok,
          "exit code, a megabyte of output and a time-out are right (" + machine_costs(*first) + ")", ""};
}

}  // namespace mayfly
