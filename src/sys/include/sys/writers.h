// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mayfly {

// True if somebody has this regular file open for writing, or has mapped it so and closed it:
// the file could change without a sign, as pages that are dirty already do. The kernel knows,
// since it gives no lease to read then (fcntl(2)); it tells only the file's owner and root, of file
// systems that have leases. False where it does not tell.
bool has_writer(int fd);

}  // namespace mayfly
