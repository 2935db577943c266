// SPDX-License-Identifier: Apache-2.0
#include "runner/limit_words.h"

#include <csignal>

#include "helpers.h"

namespace mayfly::test {
namespace {

using Kind = ProgramKind;

TaskProgram program_of(Kind kind) {
  TaskProgram program;
  program.kind = kind;
  program.exec.sandbox.emplace();
  program.exec.sandbox->processes = 7;
  program.exec.sandbox->open_files = 9;
  program.exec.sandbox->file_bytes = 256 << 20;
  return program;
}

ProgramOutcome failed(std::string err) {
  ProgramOutcome outcome;
  outcome.ending = Ending::exited_nonzero;
  outcome.exit_code = 1;
  outcome.err = std::move(err);
  return outcome;
}

TEST_CASE("a limit on files is told, however a compiler words it") {
  for (const char* words : {"cc: internal compiler error: File size limit exceeded signal terminated program as\nPlease submit a full bug report",
                            "error: a.out: File too large (os error 27)", "write main.o: file too large", "Error: EFBIG: file too large, write"}) {
    CAPTURE(words);
    CHECK(limit_met(program_of(Kind::compile), failed(words)) == "the compiler met a limit: one file may have 256 MiB (file_bytes)");
  }
  ProgramOutcome by_signal = failed("");
  by_signal.ending = Ending::signalled;
  by_signal.signal = SIGXFSZ;
  CHECK(limit_met(program_of(Kind::run), by_signal) == "the program met a limit: one file may have 256 MiB (file_bytes)");
}

TEST_CASE("so are those on processes and on open files") {
  ProgramOutcome forked = failed("");
  forked.out_of_processes = true;
  CHECK(limit_met(program_of(Kind::judge), forked) == "the checker met a limit: it may have 7 processes and threads at one time (processes)");
  CHECK(limit_met(program_of(Kind::make_checker), failed("open: Too many open files")) == "the compiler met a limit: each process may have 9 files open (open_files)");
  ProgramOutcome on_stdout = failed("");
  on_stdout.out = "OSError: [Errno 24] Too many open files\n" + std::string(1000, 'x');
  CHECK(contains(limit_met(program_of(Kind::run), on_stdout), "open_files"));
}

TEST_CASE("nothing is told of a limit that was not met, or did no harm") {
  CHECK(limit_met(program_of(Kind::compile), failed("error: expected ';'")).empty());
  ProgramOutcome well = failed("File too large");
  well.ending = Ending::exited_zero;
  well.out_of_processes = true;
  CHECK(limit_met(program_of(Kind::run), well).empty());
  TaskProgram unlimited = program_of(Kind::run);
  unlimited.exec.sandbox->file_bytes = 0;
  CHECK(limit_met(unlimited, failed("File too large")).empty());
  unlimited.exec.sandbox.reset();
  CHECK(limit_met(unlimited, failed("Too many open files")).empty());
  CHECK(limit_met(program_of(Kind::run), failed("File too large" + std::string(1 << 20, 'x'))).empty());  // long ago
}

TEST_CASE("sizes are told in MiB where they are") {
  CHECK(size_words(256 << 20) == "256 MiB");
  CHECK(size_words(1000) == "1000 bytes");
  CHECK(size_words(0) == "0 bytes");
}

}  // namespace
}  // namespace mayfly::test
