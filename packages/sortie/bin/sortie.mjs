#!/usr/bin/env node
// "npx sortie" in a checkout: hands over to the script that finds the right Node.js and the fresh bundle.
import { fileURLToPath } from 'node:url';

process.argv.splice(1, 1, fileURLToPath(new URL('../../../scripts/run.mjs', import.meta.url)), 'sortie');
await import('../../../scripts/run.mjs');
