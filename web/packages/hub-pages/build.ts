// SPDX-License-Identifier: Apache-2.0
// Bundles the hub's pages, a script each:  node build.ts FOLDER

import { join } from 'node:path';

import { build } from 'esbuild';

const here = import.meta.dirname;
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node build.ts FOLDER');
  process.exit(2);
}

await build({
  entryPoints: ['sign_in', 'home', 'starting', 'admin'].map((page) => join(here, 'src', `${page}.ts`)),
  outdir: folder,
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
