// SPDX-License-Identifier: Apache-2.0
//
// Running something else than QEMU, or a second process.
#include <elf.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "attempt.h"
#include "child.h"

namespace hostile {
namespace {

char* const kNoEnvironment[] = {nullptr};

std::string other_program_speaks(const Attempt& attempt) {
  return attempt.line(success("another program runs"));
}

Outcome execve_shell(const Attempt& attempt) {
  std::string script = "echo '" + other_program_speaks(attempt) + "'";
  char shell[] = "/bin/sh", option[] = "-c";
  char* const argv[] = {shell, option, script.data(), nullptr};
  return judge("execve", ::syscall(SYS_execve, shell, argv, kNoEnvironment));
}

// The words with which this very program says that it was executed.
struct Words {
  explicit Words(const Attempt& attempt) : line(other_program_speaks(attempt)) {}
  std::string line;
  char program[9] = "attacker", option[6] = "--say";
  char* argv[4] = {program, option, line.data(), nullptr};
};

Outcome execve_path(const Attempt& attempt) {
  Words words(attempt);
  return judge("execve", ::syscall(SYS_execve, attempt.text("path").c_str(), words.argv, kNoEnvironment));
}

Outcome execveat_path(const Attempt& attempt) {
  Words words(attempt);
  return judge("execveat", ::syscall(SYS_execveat, AT_FDCWD, attempt.text("path").c_str(), words.argv,
                                     kNoEnvironment, 0));
}

void append(std::string& out, const void* data, std::size_t size) {
  out.append(static_cast<const char*>(data), size);
}

// write(1, text, size); exit_group(0); and the text behind it.
std::string code_that_says(const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string code("\xb8\x01\x00\x00\x00\xbf\x01\x00\x00\x00\x48\x8d\x35\x10\x00\x00\x00\xba", 18);
  append(code, &size, sizeof size);
  code.append("\x0f\x05\xb8\xe7\x00\x00\x00\x31\xff\x0f\x05", 11);
  return code + text;
}

// The smallest program that can be executed: two headers and the code.
std::string program_that_says(const std::string& text) {
  constexpr std::uint64_t kBase = 0x400000;
  const std::string code = code_that_says(text);
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_entry = kBase + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  header.e_phoff = header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_flags = PF_R | PF_X;
  segment.p_vaddr = kBase;
  segment.p_filesz = segment.p_memsz = sizeof header + sizeof segment + code.size();
  std::string program;
  append(program, &header, sizeof header);
  append(program, &segment, sizeof segment);
  return program + code;
}

int memory_file_of(const std::string& content) {
  const auto fd = static_cast<int>(::syscall(SYS_memfd_create, "attack", 0));
  if (fd >= 0 && ::write(fd, content.data(), content.size()) < 0) return -1;
  return fd;
}

Outcome execveat_memfd(const Attempt& attempt) {
  const int fd = memory_file_of(program_that_says(other_program_speaks(attempt) + "\n"));
  if (fd < 0) return judge("memfd_create", fd);
  char name[] = "attack";
  char* const argv[] = {name, nullptr};
  return judge("execveat", ::syscall(SYS_execveat, fd, "", argv, kNoEnvironment, AT_EMPTY_PATH));
}

// Code that did not come from a file that the host checked.
Outcome map_memfd(const Attempt&) {
  constexpr int kAnswer = 42;
  const int fd = memory_file_of({"\xb8\x2a\x00\x00\x00\xc3", 6});  // mov $42, %eax; ret
  if (fd < 0) return judge("memfd_create", fd);
  void* code = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
  if (code == MAP_FAILED) return judge("mmap", -1);
  const int answer = reinterpret_cast<int (*)()>(code)();
  return answer == kAnswer ? success("mmap: its code runs") : denial("mmap: other code runs");
}

Outcome fork_process(const Attempt& attempt) {
  return let_child_speak(attempt, "fork", ::syscall(SYS_fork));
}

Outcome clone_process(const Attempt& attempt) {
  return let_child_speak(attempt, "clone", ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

Outcome clone3_child(const Attempt& attempt) {
  return let_child_speak(attempt, "clone3", clone3_process(0));
}

// The child has our memory and our stack until it ends: it may do no more than write.
Outcome vfork_process(const Attempt& attempt) {
  const std::string line = attempt.line(success("vfork: a child runs")) + "\n";
  const pid_t pid = ::vfork();
  if (pid == 0) ::_exit(::write(STDOUT_FILENO, line.data(), line.size()) < 0);
  return let_child_speak(attempt, "vfork", pid);
}

constexpr Attack kAttacks[] = {
    {"execve_shell", execve_shell},   {"execve_path", execve_path},
    {"execveat_path", execveat_path}, {"execveat_memfd", execveat_memfd},
    {"map_memfd", map_memfd},         {"fork", fork_process},
    {"vfork", vfork_process},         {"clone", clone_process},
    {"clone3", clone3_child},
};

}  // namespace

std::span<const Attack> execution_attacks() { return kAttacks; }

}  // namespace hostile
