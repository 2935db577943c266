// SPDX-License-Identifier: Apache-2.0
// Writes a file of numbers and their squares, reads it, renames it and lists its directory.
import { promises as fs } from "fs";
import * as path from "path";

async function main(): Promise<void> {
  const folder = path.join("made", "here");
  await fs.mkdir(folder, { recursive: true });
  const lines = Array.from({ length: 1000 }, (_, i) => `${i + 1} ${(i + 1) ** 2}\n`);
  await fs.writeFile(path.join(folder, "b.txt"), lines.join(""));
  const rows = (await fs.readFile(path.join(folder, "b.txt"), "utf8")).trim().split("\n").map((line) => line.split(" "));
  console.log(rows.length, rows.reduce((sum, [, square]) => sum + Number(square), 0));
  await fs.rename(path.join(folder, "b.txt"), path.join(folder, "c.txt"));
  await fs.writeFile(path.join(folder, "a.txt"), "");
  console.log((await fs.readdir(folder)).sort().join(" "));
}
main();
