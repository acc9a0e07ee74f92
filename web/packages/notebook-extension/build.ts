// SPDX-License-Identifier: Apache-2.0
// Bundles the extension as Jupyter's pages load it:  node build.ts FOLDER VERSION
//
// FOLDER gets package.json, static/ and schemas/, as below share/jupyter/labextensions/NAME. Packages
// of Jupyter and Lumino are not in the bundle: the page hands its own over (src/container.ts).

import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { build, type Plugin } from 'esbuild';

const here = import.meta.dirname;
const [folder, version] = process.argv.slice(2);
if (folder === undefined || version === undefined) {
  console.error('usage: node build.ts FOLDER VERSION');
  process.exit(2);
}

const manifest = JSON.parse(await readFile(join(here, 'package.json'), 'utf8')) as {
  name: string;
  description: string;
  license: string;
  devDependencies: Record<string, string>;
};
const SHARED = /^@(jupyterlab|lumino)\//;
const shared = Object.fromEntries(
  Object.entries(manifest.devDependencies).filter(([name]) => SHARED.test(name))
);

/** `import ... from '@jupyterlab/...'` becomes a look-up among what the page shared. */
const fromPage: Plugin = {
  name: 'from-page',
  setup(bundle) {
    bundle.onResolve({ filter: SHARED }, ({ path }) => {
      if (!(path in shared)) {
        return { errors: [{ text: `${path} is not among the devDependencies of package.json` }] };
      }
      return { path, namespace: 'page' };
    });
    bundle.onLoad({ filter: /.*/, namespace: 'page' }, ({ path }) => ({
      contents: `module.exports = globalThis.spinnlabShared[${JSON.stringify(path)}];`,
    }));
  },
};

const result = await build({
  entryPoints: [join(here, 'src', 'container.ts')],
  bundle: true,
  write: false,
  format: 'iife',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  loader: { '.css': 'text' },
  define: { SHARED_PACKAGES: JSON.stringify(shared) },
  plugins: [fromPage],
  logLevel: 'info',
});
const code = result.outputFiles[0]!.contents;
const load = `static/remoteEntry.${createHash('sha256').update(code).digest('hex').slice(0, 20)}.js`;

await rm(folder, { recursive: true, force: true });
await mkdir(join(folder, 'static'), { recursive: true });
await writeFile(join(folder, load), code);
await cp(join(here, 'schema'), join(folder, 'schemas', ...manifest.name.split('/')), { recursive: true });
const description = {
  name: manifest.name,
  version,
  description: manifest.description,
  license: manifest.license,
  jupyterlab: { extension: true, schemaDir: 'schema', _build: { load, extension: './extension' } },
};
const text = `${JSON.stringify(description, null, 1)}\n`;
await writeFile(join(folder, 'package.json'), text);
await writeFile(join(folder, 'schemas', ...manifest.name.split('/'), 'package.json.orig'), text);
console.log(`${load}: ${code.byteLength} bytes`);
