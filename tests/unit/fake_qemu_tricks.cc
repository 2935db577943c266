// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>

#include "fake_qemu.h"

namespace mayfly::test {
namespace {

constexpr std::size_t kTooLong = (1 << 20) + 1;

struct Trick {
  std::string_view name;
  Point point;
  void (*play)(Fake&);
};

const Trick kTricks[] = {
    {"exits", Point::greeting, [](Fake&) { ::_exit(3); }},
    {"complains", Point::greeting,
     [](Fake&) {
       constexpr std::string_view kText = "no such \x1b[31m accelerator\n";
       [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, kText.data(), kText.size());
       ::_exit(1);
     }},
    {"no-greeting", Point::greeting, [](Fake& f) { f.fall_silent(); }},
    {"garbled-greeting", Point::greeting, [](Fake& f) { f.qmp.say("QEMU 7.2 at your service\n"); }},
    {"two-greetings", Point::greeting, [](Fake& f) { f.qmp.say("{\"QMP\":{}}\n{\"QMP\":{}}\n"); }},
    {"overlong-qmp", Point::greeting, [](Fake& f) { f.qmp.say(std::string(kTooLong, ' ')); }},
    {"migrated-before-time", Point::greeting,
     [](Fake& f) {
       f.qmp.say("{\"QMP\":{}}\n");
       f.migration("completed");
     }},
    {"closes-qmp", Point::greeting,
     [](Fake& f) {
       f.qmp.hang_up();
       f.fall_silent();
     }},
    {"refuses-capabilities", Point::capabilities, [](Fake& f) { f.failed("not today"); }},
    {"answers-nothing-asked", Point::capabilities, [](Fake& f) { f.qmp.say("{\"id\":99,\"return\":{}}\n"); }},
    {"refuses-cont", Point::cont, [](Fake& f) { f.failed("stuck"); }},

    {"silent-load", Point::load, [](Fake& f) { f.fall_silent(); }},
    {"exits-in-load", Point::load, [](Fake&) { ::_exit(1); }},
    {"refuses-load", Point::load, [](Fake& f) { f.failed("no such device"); }},
    {"fails-to-load", Point::load,
     [](Fake& f) {
       f.done();
       f.migration("active");
       f.migration("failed");
       ::_exit(1);  // as QEMU does
     }},
    {"loads-twice", Point::load,
     [](Fake& f) {
       f.done();
       f.migration("completed");
       f.migration("completed");
     }},
    {"ready-after-restore", Point::restored, [](Fake& f) { f.agent.say(encode(Reply{{}, ReadyReply{"fake"}})); }},
    {"resets-after-restore", Point::restored,
     [](Fake& f) { f.event("SHUTDOWN", R"({"guest":true,"reason":"guest-reset"})"); }},

    {"silent-boot", Point::ready, [](Fake& f) { f.fall_silent(); }},
    {"garbled-boot", Point::ready, [](Fake& f) { f.agent.say("\x01\x02 login:\n"); }},
    {"overlong-boot", Point::ready, [](Fake& f) { f.agent.say(std::string(kTooLong, 'x')); }},
    {"boot-fails", Point::ready, [](Fake& f) { f.refuse(Refusal::failed, "cannot mount /dev/vda"); }},
    {"acks-unasked", Point::ready, [](Fake& f) { f.reply(AckReply{}); }},
    {"exits-at-boot", Point::ready, [](Fake& f) { f.exit(0); }},
    {"ready-twice", Point::ready,
     [](Fake& f) {
       f.reply(ReadyReply{"1"});
       f.reply(ReadyReply{"1"});
     }},
    {"panics-at-boot", Point::ready,
     [](Fake& f) {
       f.console.say("Kernel panic - not syncing\n");
       f.event("SHUTDOWN", R"({"guest":true,"reason":"guest-reset"})");
     }},
    {"acks-twice", Point::resume,
     [](Fake& f) { f.agent.say(encode(Reply{f.id, AckReply{}}) + encode(Reply{f.id, AckReply{}})); }},
    {"silent-resume", Point::resume, [](Fake& f) { f.fall_silent(); }},
    {"wrong-resume", Point::resume,
     [](Fake& f) {
       f.id = 77;
       f.reply(AckReply{});
     }},
    {"refuses-resume", Point::resume, [](Fake& f) { f.refuse(Refusal::token, "wrong token"); }},
    {"tells", Point::resume,
     [](Fake& f) {
       f.reply(AckReply{});
       f.tell();
     }},

    {"silent-exercise", Point::exercise, [](Fake& f) { f.fall_silent(); }},
    {"exits-in-exercise", Point::exercise, [](Fake&) { ::_exit(3); }},
    {"acks-exercise", Point::exercise, [](Fake& f) { f.reply(AckReply{}); }},
    {"wrong-exercise", Point::exercise,
     [](Fake& f) {
       f.id += 5;
       f.exit(0);
     }},
    {"refuses-exercise", Point::exercise, [](Fake& f) { f.refuse(Refusal::not_found, "no such program"); }},
    {"chatters-in-exercise", Point::exercise,
     [](Fake& f) {
       f.print("a");
       f.reply(StreamReply{true, "b"});
       f.exit(1);
     }},
    {"tells-exercise", Point::exercise,
     [](Fake& f) {
       f.exit(0);
       f.tell();
     }},

    {"silent-put", Point::put, [](Fake& f) { f.fall_silent(); }},
    {"refuses-put", Point::put, [](Fake& f) { f.refuse(Refusal::failed, "read-only file system"); }},
    {"exits-at-put", Point::put, [](Fake& f) { f.exit(0); }},

    {"silent-exec", Point::exec, [](Fake& f) { f.fall_silent(); }},
    {"garbled", Point::exec, [](Fake& f) { f.agent.say("{\"stream\":\"stdout\",\"data\":\n"); }},
    {"binary", Point::exec, [](Fake& f) { f.agent.say(std::string("\0\xff\n", 3)); }},
    {"overlong", Point::exec, [](Fake& f) { f.agent.say(std::string(kTooLong, '{')); }},
    {"wrong-id", Point::exec,
     [](Fake& f) {
       f.id += 5;
       f.exit(0);
     }},
    {"no-id", Point::exec, [](Fake& f) { f.agent.say(encode(Reply{{}, ExitReply{0, {}, false, false, {}}})); }},
    {"ready-again", Point::exec, [](Fake& f) { f.reply(ReadyReply{"1"}); }},
    {"acks-exec", Point::exec, [](Fake& f) { f.reply(AckReply{}); }},
    {"data-to-exec", Point::exec, [](Fake& f) { f.reply(DataReply{"x", true}); }},
    {"closes-agent", Point::exec,
     [](Fake& f) {
       f.agent.hang_up();
       f.fall_silent();
     }},
    {"segfaults", Point::exec, [](Fake& f) { f.die(SIGSEGV); }},
    {"killed", Point::exec, [](Fake& f) { f.die(SIGKILL); }},
    {"sigsys", Point::exec, [](Fake& f) { f.die(SIGSYS); }},
    {"writes-and-sigsys", Point::exec,
     [](Fake& f) {
       f.reply(StreamReply{false, "more than a byte"});
       f.die(SIGSYS);
     }},
    {"exits-in-exec", Point::exec, [](Fake&) { ::_exit(3); }},
    {"exits-zero-in-exec", Point::exec, [](Fake&) { ::_exit(0); }},
    {"leaves-a-child", Point::exec,
     [](Fake& f) {
       if (::fork() != 0) ::_exit(3);
       pollfd until_the_test_is_over{f.tell(), 0, 0};
       ::poll(&until_the_test_is_over, 1, -1);
       ::_exit(0);
     }},
    {"qmp-garbage", Point::exec, [](Fake& f) { f.qmp.say("\xff\n"); }},
    {"migrated-after-time", Point::exec, [](Fake& f) { f.migration("completed"); }},
    {"fails-unasked", Point::exec, [](Fake& f) { f.migration("failed"); }},
    {"resets", Point::exec, [](Fake& f) { f.event("SHUTDOWN", R"({"guest":true,"reason":"guest-reset"})"); }},
    {"powers-off", Point::exec,
     [](Fake& f) { f.event("SHUTDOWN", R"({"guest":true,"reason":"guest-shutdown"})"); }},
    {"host-disk-full", Point::exec,
     [](Fake& f) {
       f.event("BLOCK_IO_ERROR", R"({"operation":"write","reason":"No space left","nospace":true})");
     }},
    {"host-disk-error", Point::exec,
     [](Fake& f) {
       f.event("BLOCK_IO_ERROR", R"({"operation":"read","reason":"Input/output error","nospace":false})");
     }},
    {"harmless-events", Point::exec,
     [](Fake& f) {
       f.event("RESUME", "{}");
       f.event("SHUTDOWN", R"({"guest":false,"reason":"host-signal"})");
       f.event("", "7");
       f.migration("setup");
       f.exit(0);
     }},

    {"silent-get", Point::get, [](Fake& f) { f.fall_silent(); }},
    {"acks-get", Point::get, [](Fake& f) { f.reply(AckReply{}); }},
    {"endless-get", Point::get, [](Fake& f) { f.reply(DataReply{"", false}); }},
    {"greedy-get", Point::get, [](Fake& f) { f.reply(DataReply{std::string(kMaxChunk + 1, 'x'), true}); }},
    {"exits-twice", Point::get,
     [](Fake& f) {
       --f.id;
       f.exit(0);
     }},
    {"resets-in-get", Point::get,
     [](Fake& f) { f.event("SHUTDOWN", R"({"guest":true,"reason":"guest-reset"})"); }},
    {"sigsys-in-get", Point::get, [](Fake& f) { f.die(SIGSYS); }},

    {"refuses-getfd", Point::pass, [](Fake& f) { f.failed("no descriptor"); }},
    {"refuses-migrate", Point::save, [](Fake& f) { f.failed("not migratable"); }},
    {"exits-in-save", Point::save, [](Fake&) { ::_exit(1); }},
    {"silent-save", Point::save, [](Fake& f) { f.fall_silent(); }},
    {"fails-to-save", Point::save,
     [](Fake& f) {
       f.done();
       f.migration("failed");
     }},
    {"speaks-while-saved", Point::save, [](Fake& f) { f.exit(0); }},
};

// True for the first who asks.
bool is_first(const std::string& path) { return ::open((path + ".played").c_str(), O_CREAT | O_EXCL, 0600) >= 0; }

}  // namespace

bool play(Fake& fake, std::string_view trick, Point point) {
  constexpr std::string_view kOnce = "once-";
  const bool once = trick.starts_with(kOnce);
  if (once) trick.remove_prefix(kOnce.size());
  for (const Trick& one : kTricks) {
    if (one.name != trick || one.point != point) continue;
    if (once && !is_first(fake.path)) return false;
    one.play(fake);
    return true;
  }
  return false;
}

}  // namespace mayfly::test
