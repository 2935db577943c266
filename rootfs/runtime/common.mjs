// SPDX-License-Identifier: Apache-2.0
//
// What a module of Node.js's older kind finds, for programs that are of both.
import { createRequire } from 'module';
import { dirname } from 'path';
import { fileURLToPath } from 'url';

globalThis.require = createRequire(import.meta.url);
globalThis.__filename = fileURLToPath(import.meta.url);
globalThis.__dirname = dirname(__filename);
