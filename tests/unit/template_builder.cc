// SPDX-License-Identifier: Apache-2.0
#include "template/template_builder.h"

#include <optional>

#include "fake_host.h"
#include "template_bench.h"

namespace mayfly::test {
namespace {

struct Building {
  explicit Building(const std::string& trick = "none") : host(trick) {}

  Result<RawTemplate> run() {
    start();
    REQUIRE(host.ring().run());
    return finish();
  }
  void start() {
    builder.emplace(host.ring(), host.parts, kSmall, [this](Result<RawTemplate> built) {
      CHECK_FALSE(answer.has_value());
      answer.emplace(std::move(built));
      host.ring().defer([this] { host.ring().stop(); });
    });
    CHECK_FALSE(answer.has_value());  // not from inside the constructor
  }
  Result<RawTemplate> finish() {
    builder.reset();
    CHECK(has_no_children());
    REQUIRE(answer.has_value());
    return *std::move(answer);
  }

  FakeHost host;
  std::optional<Result<RawTemplate>> answer;
  std::optional<TemplateBuilder> builder;
};

TEST_CASE("a template is built: its machine is gone, and memory, state and token are left") {
  Building building;
  const auto raw = building.run();
  REQUIRE_MESSAGE(raw.ok(), raw.error().message());
  CHECK(raw->memory_bytes == 1 << 20);
  CHECK(raw->token.size() == 64);
  CHECK(content_of(raw->state.get()) == raw->token);  // as the fake has it
  CHECK(content_of(raw->memory.get()).starts_with(raw->token));
  CHECK_FALSE(raw->overlay);
}

TEST_CASE("the image's warm-up runs in order, as nobody, then sync, and one that fails is passed over") {
  Building building;
  building.host.add_disk();
  building.host.image.warmup = {"first", "false", "third"};
  const auto raw = building.run();
  REQUIRE(raw);
  CHECK(content_of(raw->overlay.get()) == "overlay\n65534 ran first\n65534 ran false\n65534 ran third\n65534 ran sync");
  CHECK(content_of(building.host.image.overlay.fd.get()) == "overlay");  // the image's own
}

TEST_CASE("a warm-up command that the agent refuses is passed over, too") {
  Building building("refuses-exercise");
  building.host.add_disk();
  building.host.image.warmup = {"first", "second"};
  CHECK(building.run().ok());
}

TEST_CASE("a machine that fails is no template, and the error says why") {
  struct Case {
    std::string trick, said;
  };
  const Case kCases[] = {
      {"exits", "status 3"},
      {"complains", "QEMU says: no such"},
      {"boot-fails", "cannot mount"},
      {"exits-in-exercise", "status 3"},
      {"refuses-migrate", "not migratable"},
      {"fails-to-save", "could not write the snapshot"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.trick);
    Building building(c.trick);
    building.host.add_disk();
    building.host.image.warmup = {"x"};
    const std::string message = message_of(building.run());
    CAPTURE(message);
    CHECK(contains(message, "a template could not be built: "));
    CHECK(contains(message, c.said));
  }
}

TEST_CASE("a template whose machine cannot be described is an error, later") {
  Building building;
  building.host.add_disk();
  building.host.image.overlay.size_bytes = 1000;  // shorter than that
  CHECK(contains(message_of(building.run()), "shorter than expected"));
}

TEST_CASE("a template without a machine can be given up, too") {
  Building building;
  building.host.add_disk();
  building.host.image.overlay.size_bytes = 1000;
  building.start();
  building.builder->cancel();
  REQUIRE(building.host.ring().run());
  CHECK_FALSE(building.finish());
}

TEST_CASE("building can be given up, at any time") {
  for (const std::string trick : {"no-greeting", "silent-boot", "silent-exercise", "silent-save"}) {
    CAPTURE(trick);
    Building building(trick);
    building.host.add_disk();
    building.host.image.warmup = {"x"};
    building.host.on_told([&] { building.builder->cancel(); });
    CHECK_FALSE(building.run());
  }
}

TEST_CASE("building can be given up before it has begun") {
  Building building;
  building.start();
  building.builder->cancel();
  REQUIRE(building.host.ring().run());
  CHECK_FALSE(building.finish());
}

}  // namespace
}  // namespace mayfly::test
