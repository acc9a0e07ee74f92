// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { choose, compareVersions, type Offer } from './shared.ts';

function offer(loaded?: boolean): Offer {
  return { get: () => () => 0, loaded };
}

test('versions are compared by number', () => {
  assert.ok(compareVersions('4.10.0', '4.9.1') > 0);
  assert.ok(compareVersions('4.6', '4.6.1') < 0);
  assert.equal(compareVersions('4.6.0-beta.1', '4.6.0'), 0);
});

test('what the page has loaded wins, then the newest', () => {
  const [old, young, loaded] = [offer(), offer(), offer(true)];
  assert.equal(choose({ p: { '4.9.0': old, '4.10.0': young } }, 'p', '4.6.6'), young);
  assert.equal(choose({ p: { '4.9.0': loaded, '4.10.0': young } }, 'p', '4.6.6'), loaded);
});

test('a missing package and another major version are errors with the way out', () => {
  assert.throws(() => choose({}, 'p', '4.6.6'), /needs p 4, which this page does not share\. Install/);
  assert.throws(() => choose({ p: { '5.0.0': offer() } }, 'p', '4.6.6'), /needs p 4, but .* 5\.0\.0\. Install/);
});
