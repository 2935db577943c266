// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "protocol/message.h"

namespace mayfly::guest {

// One chunk into a file, or out of one. Regular files only, and never waits: a FIFO or a
// device that the task left in the path's place is an error. An Error's code() tells why.
Result<void> put_file(const PutRequest& request);
Result<DataReply> get_file(const GetRequest& request);

}  // namespace mayfly::guest
