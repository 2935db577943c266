// SPDX-License-Identifier: Apache-2.0
// For programs that attempt what must be refused, and say what came of it.

let failed = 0;

function say(what: string, refused: boolean): void {
  console.log(what, refused ? "refused" : "SUCCEEDED");
  if (!refused) process.exitCode = ++failed;
}

/** Prints whether it was refused: it was, if `action` throws, or what it promises is rejected. */
export async function attempt(what: string, action: () => unknown): Promise<void> {
  try {
    await action();
    say(what, false);
  } catch {
    say(what, true);
  }
}
