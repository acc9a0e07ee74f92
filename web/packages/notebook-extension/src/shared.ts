// SPDX-License-Identifier: Apache-2.0
// Which of the packages that the page shares with extensions is taken.

/** One package as the page offers it; `get` gives a function that gives the module. */
export interface Offer {
  get: () => Factory | Promise<Factory>;
  loaded?: boolean | number;
}

export type Factory = () => unknown;

/** What the page shares: package name, version, offer. */
export type ShareScope = Record<string, Record<string, Offer>>;

function numbers(version: string): number[] {
  return version.split(/[-+]/, 1)[0]!.split('.').map(Number);
}

/** Below 0 when `a` is the older version; pre-release tags do not count. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The offer of `name` that the page uses itself: a package exists once in a page, so a loaded one
 * wins, then the newest.
 *
 * Throws when there is none, or when its major version is not that of `builtFor`.
 */
export function choose(scope: ShareScope, name: string, builtFor: string): Offer {
  const versions = Object.keys(scope[name] ?? {}).sort(
    (a, b) =>
      Number(Boolean(scope[name]![b]!.loaded)) - Number(Boolean(scope[name]![a]!.loaded)) ||
      compareVersions(b, a)
  );
  const version = versions[0];
  const needs = `@spinnlab/notebook needs ${name} ${numbers(builtFor)[0]}`;
  if (version === undefined) {
    throw new Error(`${needs}, which this page does not share. Install JupyterLab 4.`);
  }
  if (numbers(version)[0] !== numbers(builtFor)[0]) {
    throw new Error(`${needs}, but this page has ${version}. Install the JupyterLab that SpiNNLab pins.`);
  }
  return scope[name]![version]!;
}
