// SPDX-License-Identifier: Apache-2.0
// Reads and writes what is the machine's, and none of a program's business.
import * as fs from "fs";
import { attempt } from "./attempt";

const SECRET = ["/proc/1/mem", "/proc/1/environ", "/etc/shadow", "/dev/vda", "/dev/vport0p1", "/dev/kmsg", "/proc/kcore", "/root/x"];
const SYSTEM = ["/etc/passwd", "/usr/bin/node", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/init", "/sys/power/state"];

async function main(): Promise<void> {
  for (const path of SECRET) await attempt(`reading ${path}`, () => fs.readFileSync(path));
  for (const path of SYSTEM) await attempt(`writing ${path}`, () => fs.appendFileSync(path, "x"));
  await attempt("another name for a file", () => fs.linkSync("/etc/passwd", "/work/passwd"));
  await attempt("becoming root", () => process.setuid!(0));
}
main();
