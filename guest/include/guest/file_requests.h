// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "protocol/message.h"

namespace mayfly::guest {

// One chunk into a file, or out of one. Regular files only, and never waits: a FIFO or a
// device that the task left in the path's place is an error. An Error's code() tells why.
Result<void> put_file(const PutRequest& request);

// True if it puts something below the machine's own /tmp.
bool is_for_tmp(const PutRequest& request);

// `view`: the root directory of a sandbox (Cell::root), in which confined requests are looked up; -1: there is none.
Result<DataReply> get_file(const GetRequest& request, int view = -1);

}  // namespace mayfly::guest
