// SPDX-License-Identifier: Apache-2.0
//
// What a program that is told by its text to be a module imports is told by its text, too.
import { isModuleText } from './modules.js';

export async function load(url, context, next) {
  const loaded = await next(url, context);
  return loaded.format === 'commonjs' ? asModule(url, context, next, loaded) : loaded;
}

async function asModule(url, context, next, loaded) {
  const read = await next(url, { ...context, format: 'module' });
  return url.endsWith('.js') && isModuleText(String(read.source)) ? read : loaded;
}
