// SPDX-License-Identifier: Apache-2.0
//
// Tells an ES module by its text where its name does not say what it is: a file `.js` without a package.json that does.
'use strict';

const { readFileSync } = require('fs');
const { compileFunction } = require('vm');
const { pathToFileURL } = require('url');
const Module = require('module');

const MAY_BE = /\b(?:import|export|await)\b/;
const IS = /import statement outside a module|Unexpected token 'export'|'import\.meta' outside a module|await is only valid|reserved word/;

// Whether only a module can have this text.
function isModuleText(text) {
  if (!MAY_BE.test(text)) return false;
  try {
    compileFunction(text, ['exports', 'require', 'module', '__filename', '__dirname']);
    return false;
  } catch (error) {
    return error instanceof SyntaxError && IS.test(error.message);
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // Node.js will say what is wrong
  }
}

// The program: as a module, if it can be nothing else.
function lookAt(program) {
  if (!program?.endsWith('.js') || !isModuleText(readText(program))) return;
  if (process.execArgv.includes('--check')) checkModule(program);
  Module.register('./module-hooks.mjs', pathToFileURL(__filename));
  Module.runMain = () => begin(program);
}

// Ends as Node.js does where a module is the program: with status 13 if it waits for what never comes.
function begin(file) {
  const unfinished = () => { process.exitCode ??= 13; };
  process.on('exit', unfinished);
  import(pathToFileURL(file)).finally(() => process.off('exit', unfinished));
}

function checkModule(program) {
  const words = ['--check', '--experimental-default-type=module', program];
  process.exit(require('child_process').spawnSync(process.execPath, words, { stdio: 'inherit' }).status);
}

module.exports = { begin, isModuleText, lookAt };
