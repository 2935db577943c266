// SPDX-License-Identifier: Apache-2.0
#include "base/clone.h"

#include <cstdint>

namespace mayfly {
namespace {

alignas(16) char child_stack[kCloneStack];

extern "C" long mayfly_clone3(const clone_args* args, std::size_t size, void (*run)(void*),
                              void* argument);
asm(R"(
    .pushsection .text.mayfly_clone3, "ax", @progbits
    .type mayfly_clone3, @function
mayfly_clone3:
    mov %rcx, %r8               # the system call changes rcx and r11
    mov $435, %eax
    syscall
    test %rax, %rax
    jz 1f
    ret
1:  xor %ebp, %ebp
    mov %r8, %rdi
    call *%rdx
    ud2
    .size mayfly_clone3, . - mayfly_clone3
    .popsection
)");

}  // namespace

long clone3_and_run(const clone_args& args, void (*run)(void*), void* argument) {
  return mayfly_clone3(&args, sizeof args, run, argument);
}

void use_clone_stack(clone_args& args) {
  args.stack = reinterpret_cast<std::uint64_t>(child_stack);
  args.stack_size = kCloneStack;
}

}  // namespace mayfly
