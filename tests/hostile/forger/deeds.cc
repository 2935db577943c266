// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>
#include <sys/reboot.h>
#include <unistd.h>

#include <cstring>

#include "forgery.h"

namespace forger {
namespace {

constexpr std::size_t kPiece = 1 << 20;

[[noreturn]] void wait_for_ever() {
  while (true) ::pause();
}

// It goes on to answer others, but not this one.
void silence(Host&, std::int64_t) {}

// What else the host says piles up.
void deafness(Host&, std::int64_t) { wait_for_ever(); }

void hang_up(Host& host, std::int64_t) {
  host.hang_up();
  wait_for_ever();
}

// The end of the first process is the end of its kernel.
void death(Host&, std::int64_t) { ::_exit(0); }
void power_off(Host&, std::int64_t) { ::reboot(RB_POWER_OFF); }
void restart(Host&, std::int64_t) { ::reboot(RB_AUTOBOOT); }
void halt(Host&, std::int64_t) { ::reboot(RB_HALT_SYSTEM); }

void burn(Host&, std::int64_t) {
  volatile std::uint64_t turns = 0;
  while (true) turns = turns + 1;
}

// All that there is, and more.
void eat(Host&, std::int64_t) {
  while (true) {
    void* piece = ::mmap(nullptr, kPiece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (piece != MAP_FAILED) std::memset(piece, 0x5a, kPiece);
  }
}

constexpr Forgery kForgeries[] = {
    {"silence", silence},
    {"deafness", deafness},
    {"hang-up", hang_up},
    {"death", death},
    {"power-off", power_off},
    {"restart", restart},
    {"halt", halt},
    {"burn", burn},
    {"eat", eat},
};

}  // namespace

std::span<const Forgery> machine_forgeries() { return kForgeries; }

}  // namespace forger
