// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mayfly {

// A process inherits much from whoever started it. This sets what mayfly relies on, at the start
// of main(), before there are threads:
//
//   descriptors  0 to 2 are open (occupy_standard_descriptors)
//   umask        022: what is private says so by its own mode, and the rest can be read by VMMs
//   signals      none is blocked, all have their default; but an ignored SIGHUP, SIGINT or SIGQUIT
//                stays ignored, since that is how nohup(1) and shells ask for it
//   soft limits  as high as the hard ones, which are the administrator's word; a stack of 8 MiB
void reset_inherited_state();

// The default for every signal, none blocked, and umask 022; for a child between clone and execve,
// in terms of system calls (see ChildSetup).
void reset_for_child();

}  // namespace mayfly
