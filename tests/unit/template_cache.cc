// SPDX-License-Identifier: Apache-2.0
#include "template/template_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>

#include <csignal>
#include <deque>

#include "fake_host.h"
#include "sys/files.h"
#include "template_bench.h"

namespace mayfly::test {
namespace {

using Answer = Result<TemplateCache::Shared>;

constexpr std::int64_t kPlenty = 1 << 30;

MachineShape shape(int memory_mib) { return {memory_mib, 1}; }

struct Caching {
  explicit Caching(const std::string& trick = "none", std::int64_t most_bytes = kPlenty)
      : host(trick), cache(host.ring(), host.home(), digests, most_bytes) {}

  // Asks, and stops the ring when all who asked were answered. Answers stay where they are.
  std::optional<Answer>& ask(TemplateCache& from, const MachineShape& wanted = kSmall) {
    std::optional<Answer>& answer = answers.emplace_back();
    ++open;
    from.get(host.parts, wanted, [this, &answer](Answer got) {
      CHECK_FALSE(answer.has_value());
      answer.emplace(std::move(got));
      if (--open == 0) host.ring().defer([this] { host.ring().stop(); });
    });
    CHECK_FALSE(answer.has_value());  // never at once
    return answer;
  }
  void run() {
    REQUIRE(host.ring().run());
    CHECK(has_no_children());
  }
  Answer get(const MachineShape& wanted = kSmall) {
    auto& answer = ask(cache, wanted);
    run();
    Answer got = *std::move(answer);
    answers.clear();
    return got;
  }
  // The lock that a builder of the template takes.
  Fd lock_file() const { return *store.lock_file(template_key(host.parts, kSmall)); }

  FakeHost host;
  DigestCache digests{host.home()};
  TemplateStore store{host.home()};
  TemplateCache cache;
  std::deque<std::optional<Answer>> answers;
  int open = 0;
};

TEST_CASE("a template is built for the first who asks, and there for all others") {
  Caching c;
  CHECK_FALSE(c.cache.timing().has_value());
  const auto first = c.get();
  REQUIRE_MESSAGE(first.ok(), first.error().message());
  REQUIRE(c.cache.timing().has_value());
  CHECK(c.cache.timing()->built);
  CHECK((*first)->key == template_key(c.host.parts, kSmall));
  CHECK(c.store.list().size() == 1);
  CHECK(c.store.list()[0].description == "image none, 1 MiB, 1 vCPU, tcg");
  const auto second = c.get();
  REQUIRE(second);
  CHECK(first->get() == second->get());
}

TEST_CASE("many who ask at once get one template, built once") {
  Caching c("tells");
  int booted = 0;
  c.host.on_told([&] { ++booted; });
  for (int i = 0; i < 5; ++i) c.ask(c.cache);
  c.run();
  for (const auto& answer : c.answers) {
    REQUIRE(answer->ok());
    CHECK((*answer)->get() == (*c.answers[0])->get());
  }
  CHECK(booted == 1);
}

TEST_CASE("another process loads what this one has built") {
  Caching c;
  const auto built = c.get();
  REQUIRE(built);
  TemplateCache other(c.host.ring(), c.host.home(), c.digests, kPlenty);
  auto& loaded = c.ask(other);
  c.run();
  REQUIRE(loaded->ok());
  CHECK_FALSE(other.timing()->built);
  CHECK(other.timing()->load > 0);
  CHECK((**loaded)->token == (*built)->token);
  CHECK((content_of((**loaded)->memory.get()) == content_of((*built)->memory.get())));
}

TEST_CASE("of two processes that miss the same template one builds it, and the other waits") {
  Caching c("tells");
  int booted = 0;
  c.host.on_told([&] { ++booted; });
  TemplateCache other(c.host.ring(), c.host.home(), c.digests, kPlenty);
  auto& first = c.ask(c.cache);
  auto& second = c.ask(other);
  c.run();
  REQUIRE(first->ok());
  REQUIRE(second->ok());
  CHECK(booted == 1);
  CHECK(c.cache.timing()->built != other.timing()->built);
  CHECK((**first)->token == (**second)->token);
}

TEST_CASE("who waits for a builder that dies builds the template itself") {
  Caching c;
  Fd other = c.lock_file();
  REQUIRE(::flock(other.get(), LOCK_EX) == 0);
  c.host.ring().defer([&] { other.reset(); });
  CHECK(c.get().ok());
  CHECK(c.cache.timing()->built);
}

TEST_CASE("a stored template that is damaged is built again") {
  Caching c;
  const auto first = c.get();
  REQUIRE(first);
  const auto stored = c.store.open((*first)->key);
  REQUIRE(stored);
  const Fd file = *open_file(stored->memory.path, O_RDWR);
  write_bytes_to(file.get(), "x");
  TemplateCache other(c.host.ring(), c.host.home(), c.digests, kPlenty);
  auto& again = c.ask(other);
  c.run();
  REQUIRE(again->ok());
  CHECK(other.timing()->built);
  CHECK((**again)->token != (*first)->token);
  CHECK(c.store.open((*first)->key)->token == (**again)->token);
}

TEST_CASE("a template that cannot be built is an error for all who wait, and tried again by the next") {
  Caching c("once-exits");
  c.ask(c.cache);
  c.ask(c.cache);
  c.run();
  for (const auto& answer : c.answers) CHECK(contains(message_of(*answer), "status 3"));
  CHECK(c.store.list().empty());
  CHECK(c.get().ok());
}

TEST_CASE("without a place for templates there are none") {
  Caching c;
  REQUIRE(open_file(c.host.home() + "/templates", O_WRONLY | O_CREAT));  // a file is in the way
  CHECK(contains(message_of(c.get()), "templates"));
}

// The host's disk is full from when the guest has booted.
TEST_CASE("a template that does not fit the disk is used, and not kept") {
  Caching c("tells-exercise");
  c.host.add_disk();
  c.host.image.warmup = {"x"};
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  c.host.on_told([&] {
    const rlimit full{1000, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
  });
  const auto answer = c.get();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, old_handler);
  REQUIRE_MESSAGE(answer.ok(), answer.error().message());
  CHECK(content_of((*answer)->state.get()) == (*answer)->token);
  CHECK(c.store.list().empty());
}

TEST_CASE("what is being built can be given up") {
  Caching c("silent-boot");
  c.host.on_told([&] { c.cache.cancel(); });
  CHECK_FALSE(c.get().ok());
}

TEST_CASE("waiting for another builder can be given up") {
  Caching c;
  const Fd other = c.lock_file();
  REQUIRE(::flock(other.get(), LOCK_EX) == 0);
  c.host.ring().defer([&] { c.cache.cancel(); });
  CHECK(message_of(c.get()) == "interrupted");
}

TEST_CASE("giving up at once, and giving up nothing, is no failure") {
  Caching c;
  c.cache.cancel();
  auto& answer = c.ask(c.cache);
  c.cache.cancel();
  c.run();
  CHECK_FALSE(answer->ok());
  CHECK(c.get().ok());
  c.cache.cancel();  // what is there stays
  CHECK(c.get().ok());
}

TEST_CASE("the template that was not used for longest makes room") {
  std::int64_t one = 0;
  {
    Caching c;
    one = (*c.get())->resident_bytes;
  }
  Caching c("none", 2 * one);
  const auto weak = [&](int memory_mib) {
    const auto got = c.get(shape(memory_mib));
    REQUIRE(got);
    return std::weak_ptr<const Template>(*got);
  };
  const auto first = weak(1);
  const auto second = weak(2);
  weak(1);  // used again
  const auto third = weak(3);
  CHECK_FALSE(first.expired());
  CHECK(second.expired());
  CHECK_FALSE(third.expired());
  weak(2);
  CHECK_FALSE(c.cache.timing()->built);  // it was only let go of
  CHECK(first.expired());
}

TEST_CASE("a template that somebody holds stays, and where nothing can go there is no room") {
  std::int64_t one = 0;
  {
    Caching c;
    one = (*c.get())->resident_bytes;
  }
  Caching c("none", 2 * one);
  auto held = c.get(shape(1));
  REQUIRE(held);
  const std::weak_ptr<const Template> free = *c.get(shape(2));
  auto third = c.get(shape(3));
  REQUIRE(third);
  CHECK(free.expired());  // though the other was not used for longer
  CHECK(contains(message_of(c.get(shape(2))), "take all the memory"));
  third = Error("let go");
  CHECK(c.get(shape(2)).ok());
}

TEST_CASE("a template larger than the limit is never loaded") {
  Caching c("none", 100);
  CHECK(contains(message_of(c.get()), "take all the memory"));
}

TEST_CASE("a template that is discarded is gone from memory and store, and built anew") {
  Caching c;
  const auto bad = c.get();
  REQUIRE(bad);
  c.cache.discard(**bad);
  CHECK(c.store.list().empty());
  const auto good = c.get();
  REQUIRE(good);
  CHECK(c.cache.timing()->built);
  CHECK((*good)->token != (*bad)->token);
}

TEST_CASE("the store is kept small") {
  Caching c;
  for (int i = 0; i < 40; ++i) {
    const std::string key = std::string(30, 'x') + std::to_string(10 + i);
    REQUIRE(save(c.host.ring(), c.store, raw_template(), key));
  }
  CHECK(c.get().ok());
  CHECK(c.store.list().size() == 32);
  CHECK(c.store.open(template_key(c.host.parts, kSmall)).ok());
}

}  // namespace
}  // namespace mayfly::test
