#!/usr/bin/env node
import { processTerminal } from './environment.js';
import { runSkein } from './program.js';

process.exitCode = await runSkein(process.argv.slice(2), processTerminal());
