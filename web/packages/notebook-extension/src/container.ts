// SPDX-License-Identifier: Apache-2.0
// The module container that Jupyter's pages ask for (`window._JUPYTERLAB[NAME]`): the page hands its
// shared packages over with init() and takes the plugins with get(). build.ts makes it the entry.

import { choose, type Factory, type ShareScope } from './shared.ts';
import { replaceDeniedStorage } from './storage.ts';

/** Packages that this extension takes from the page, and the versions it was checked against. */
declare const SHARED_PACKAGES: Record<string, string>;

declare global {
  // build.ts turns `import ... from '@jupyterlab/...'` into a look-up here.
  var spinnlabShared: Record<string, unknown>;
  interface Window {
    _JUPYTERLAB?: Record<string, unknown>;
  }
}

let scope: ShareScope | undefined;
let modules: Promise<unknown> | undefined;

function init(shareScope: ShareScope): void {
  scope ??= shareScope;
}

async function load(): Promise<unknown> {
  if (scope === undefined) throw new Error('@spinnlab/notebook was asked for before init()');
  const shared: Record<string, unknown> = {};
  const page = scope;
  await Promise.all(
    Object.entries(SHARED_PACKAGES).map(async ([name, builtFor]) => {
      shared[name] = (await choose(page, name, builtFor).get())();
    })
  );
  globalThis.spinnlabShared = shared;
  const { default: plugins } = await import('./index.ts');
  // Jupyter looks for plugins in `default` only where it sees this mark.
  return { __esModule: true, default: plugins };
}

async function get(module: string): Promise<Factory> {
  if (module !== './extension') throw new Error(`@spinnlab/notebook has no module ${module}`);
  modules ??= load();
  const loaded = await modules;
  return () => loaded;
}

// Before any plugin of the page is made.
replaceDeniedStorage(window);
(window._JUPYTERLAB ??= {})['@spinnlab/notebook'] = { init, get };
