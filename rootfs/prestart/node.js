// SPDX-License-Identifier: Apache-2.0
//
// Lets a Node.js be started before its program is there: NODE_OPTIONS makes it require this when it is ready but for
// the program. It loads what many programs do, and stops. OpenSSL seeds itself anew when it sees that hours have
// passed, and of that Math.random() is seeded, so no two programs of one template get the same numbers.
'use strict';

function waitForProgram() {
  process.kill(process.pid, 'SIGSTOP'); // it goes on when the program is there
  setFlagsFromString('--random-seed=' + (1 + (randomBytes(4).readUInt32LE() >>> 2)));
  Math.random(); // takes the seed,
  setFlagsFromString('--random-seed=0'); // and workers get one each
}

delete process.env.NODE_OPTIONS;
for (const name of ['assert', 'buffer', 'events', 'fs', 'os', 'path', 'readline', 'stream', 'timers', 'url', 'util']) require(name);
const { randomBytes } = require('crypto');
const { setFlagsFromString } = require('v8');

// The workers of a program come here, too.
if (require('worker_threads').isMainThread) waitForProgram();
