// SPDX-License-Identifier: Apache-2.0
#define DOCTEST_CONFIG_IMPLEMENT
#include <csignal>

#include "helpers.h"
#include "sys/inherited.h"

int main(int argc, char** argv) {
  mayfly::reset_inherited_state();  // as mayfly's own main() does, and so on
  ::signal(SIGPIPE, SIG_IGN);
  return doctest::Context(argc, argv).run();
}
