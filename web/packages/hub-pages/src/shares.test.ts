// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changes, shown } from './shares.ts';

const before = { boards: 24, jobs: 4, board_seconds: null, priority: 0 };

test('what is left as it was is not sent', () => {
  assert.deepEqual(changes(before, shown(before)), {});
});

test('changed fields are sent, emptied ones as null', () => {
  const typed = { boards: ' 6 ', jobs: '', board_seconds: '3600.5', priority: '-1' };
  assert.deepEqual(changes(before, typed), {
    boards: 6,
    jobs: null,
    board_seconds: 3600.5,
    priority: -1
  });
});

for (const [field, text] of [
  ['boards', '-1'],
  ['boards', '1.5'],
  ['jobs', 'many'],
  ['board_seconds', '-0.1'],
  ['priority', '0.5']
] as const) {
  test(`${field} is not ${text}`, () => {
    assert.throws(() => changes(before, { ...shown(before), [field]: text }), /will not do/);
  });
}
