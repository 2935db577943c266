// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.h"
#include "image/artifact.h"
#include "image/digest.h"

namespace mayfly {
namespace {

void list(const CliSettings& settings) {
  for (const std::string& name : list_images(settings.home)) std::cout << name << "\n";
}

Result<void> inspect(const CliSettings& settings, const std::string& name) {
  const auto image = open_image(settings.home, name);
  if (!image) return image.error();
  std::cout << "name      " << image->name << "\n"
            << "disk      " << image->disk.path << "\n"
            << "bytes     " << image->disk.size_bytes << "\n"
            << "sha256    " << image->disk.sha256 << "\n"
            << "packages  " << image->packages.size() << "\n";
  for (const std::string& package : image->packages) std::cout << "  " << package << "\n";
  return {};
}

// Reads every byte, whatever is remembered.
Result<void> verify_now(const CliSettings& settings, const std::string& name) {
  const auto image = open_image(settings.home, name);
  if (!image) return image.error();
  const DigestCache cache(settings.home);
  for (const Artifact* artifact : {&image->disk, &image->overlay}) {
    cache.forget(artifact->fd.get());
    if (auto verified = verify(*artifact, cache); !verified) return verified;
  }
  std::cout << name << ": every byte is as its manifest promises\n";
  return {};
}

}  // namespace

void add_image_command(CLI::App& app, const CliSettings& settings, int& exit_status) {
  CLI::App* command = app.add_subcommand("image", "Look at gold images");
  command->require_subcommand(1);
  auto name = std::make_shared<std::string>();
  const auto finish = [&settings, &exit_status](const Result<void>& result) {
    if (!result) report(settings.log(), result.error());
    exit_status = result ? 0 : 1;
  };
  command->add_subcommand("list", "Names of the images")->callback([&settings, &exit_status] {
    list(settings);
    exit_status = 0;
  });
  CLI::App* inspecting = command->add_subcommand("inspect", "What an image holds");
  inspecting->add_option("name", *name, "The image")->required();
  inspecting->callback([&settings, name, finish] { finish(inspect(settings, *name)); });
  CLI::App* verifying = command->add_subcommand("verify", "Compare an image with its digests");
  verifying->add_option("name", *name, "The image")->required();
  verifying->callback([&settings, name, finish] { finish(verify_now(settings, *name)); });
}

}  // namespace mayfly
