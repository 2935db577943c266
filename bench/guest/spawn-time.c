// SPDX-License-Identifier: Apache-2.0
//
// Runs a program again and again and says how long that took, from posix_spawn to the end of wait4: what running it
// costs where this runs, whoever asks for it.
//
//   gcc -O2 -static -o spawn-time spawn-time.c
//   spawn-time [-n N] -- PROGRAM ARGUMENT…
//
// The program's output goes where ours goes. The last line is ours: {"runs":N,"first_ns":…,"min_ns":…,"median_ns":…}
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static void fail(const char* what) {
  fprintf(stderr, "spawn-time: %s\n", what);
  exit(125);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long run_once(char** argv) {
  const long long start = now();
  pid_t pid;
  int status;
  if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0) fail("the program cannot be run");
  if (wait4(pid, &status, 0, NULL) != pid || status != 0) fail("the program did not end with 0");
  return now() - start;
}

static int compare(const void* a, const void* b) {
  const long long left = *(const long long*)a, right = *(const long long*)b;
  return (left > right) - (left < right);
}

int main(int argc, char** argv) {
  int runs = 20;
  int option;
  while ((option = getopt(argc, argv, "+n:")) == 'n') runs = atoi(optarg);
  if (option != -1 || optind >= argc || runs < 1) fail("usage: spawn-time [-n N] -- PROGRAM ARGUMENT...");
  long long* times = calloc((size_t)runs, sizeof *times);
  if (!times) fail("no memory");
  for (int i = 0; i < runs; ++i) times[i] = run_once(argv + optind);
  const long long first = times[0];
  qsort(times, (size_t)runs, sizeof *times, compare);
  printf("{\"runs\":%d,\"first_ns\":%lld,\"min_ns\":%lld,\"median_ns\":%lld}\n", runs, first, times[0], times[runs / 2]);
  free(times);
  return 0;
}
