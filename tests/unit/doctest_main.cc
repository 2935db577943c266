// SPDX-License-Identifier: Apache-2.0
#define DOCTEST_CONFIG_IMPLEMENT
#include <csignal>

#include "helpers.h"

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // as mayfly's own main() does
  return doctest::Context(argc, argv).run();
}
