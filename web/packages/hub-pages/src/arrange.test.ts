// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { arrange } from './arrange.ts';

test('a cabinet is five frames of 24 boards', () => {
  const cabinets = arrange(Array.from({ length: 1200 }, (_, board) => board));
  assert.equal(cabinets.length, 10);
  assert.ok(cabinets.every((cabinet) => cabinet.length === 5));
  assert.ok(cabinets.flat().every((frame) => frame.length === 24));
  assert.equal(cabinets[1]![0]![0], 120);
});

test('a single board stands alone', () => {
  assert.deepEqual(arrange([7]), [[[7]]]);
});

test('no boards, no cabinets', () => {
  assert.deepEqual(arrange([]), []);
});
