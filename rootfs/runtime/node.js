// SPDX-License-Identifier: Apache-2.0
//
// Node.js requires this before each program. A worker's stack gets the room that the first thread's has, and a program that
// is written as an ES module is run as one, whatever its file is called, as later versions do by themselves.
//
// Asked to by its environment it also loads what many programs do and stops, so that it can be started before its
// program is there. OpenSSL seeds itself anew when it sees that hours have passed, and of that Math.random() is
// seeded, so no two programs of one template get the same numbers.
'use strict';

const Module = require('module');
const threads = require('worker_threads');

function giveWorkersRoom(stackSizeMb) {
  threads.Worker = class Worker extends threads.Worker {
    constructor(program, options) {
      super(program, { ...options, resourceLimits: { stackSizeMb, ...options?.resourceLimits } });
    }
  };
  Module.syncBuiltinESMExports();
}

function waitForProgram() {
  const { randomBytes } = require('crypto');
  const { setFlagsFromString } = require('v8');
  for (const name of ['assert', 'buffer', 'events', 'fs', 'os', 'path', 'readline', 'stream', 'timers', 'url', 'util']) require(name);
  require('./modules.js');
  process.kill(process.pid, 'SIGSTOP'); // it goes on when the program is there
  setFlagsFromString('--random-seed=' + (1 + (randomBytes(4).readUInt32LE() >>> 2)));
  Math.random(); // takes the seed,
  setFlagsFromString('--random-seed=0'); // and workers get one each
}

const stack = process.execArgv.find((word) => word.startsWith('--stack-size='));
if (stack) giveWorkersRoom(parseInt(stack.split('=')[1]) >> 10);
const waits = process.env.MAYFLY_WAIT;
delete process.env.MAYFLY_WAIT;
// The workers of a program come here, too.
if (threads.isMainThread) {
  if (waits) waitForProgram();
  require('./modules.js').lookAt(process.argv[1]);
}
