# SPDX-License-Identifier: Apache-2.0
#
# Loaded into Mono, it gives a thread whose program says nothing of its stack one of 1 GiB: addresses, of which memory is
# taken as the stack grows. In the programs that Mono starts there is no such function, and nothing is done.
	.weak mono_threads_set_default_stacksize
begin:
	mov mono_threads_set_default_stacksize@GOTPCREL(%rip), %rax
	test %rax, %rax
	jz done
	mov $0x40000000, %edi
	jmp *%rax
done:
	ret

	.section .init_array, "aw"
	.quad begin

	.section .note.GNU-stack, "", @progbits
