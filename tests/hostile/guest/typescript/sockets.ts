// SPDX-License-Identifier: Apache-2.0
// Talks to the outside.
import * as dns from "dns";
import * as net from "net";
import { attempt } from "./attempt";

function connect(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, host, () => resolve());
    socket.on("error", reject);
  });
}

async function main(): Promise<void> {
  for (const host of ["10.0.2.2", "8.8.8.8", "169.254.169.254"]) await attempt(`tcp ${host}`, () => connect(80, host));
  await attempt("a name", () => dns.promises.lookup("example.org"));
  await attempt("a name server", () => dns.promises.resolve4("example.org"));
  await attempt("fetch", () => (globalThis as any).fetch("http://example.org/"));
  process.exit();
}
main();
