// SPDX-License-Identifier: Apache-2.0
// Bundles pages of our own servers, a script each:  node bundle_pages.ts FOLDER PAGE.ts...

import { build } from 'esbuild';

const [folder, ...pages] = process.argv.slice(2);
if (folder === undefined || pages.length === 0) {
  console.error('usage: node bundle_pages.ts FOLDER PAGE.ts...');
  process.exit(2);
}

await build({
  entryPoints: pages,
  outdir: folder,
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
