// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isComputing } from './computing.ts';

type State = [type: string, executionState?: string | null];

function panel(status: string | undefined, ...cells: State[]) {
  const widgets = cells.map(([type, executionState]) => ({ model: { type, executionState } }));
  const session = status === undefined ? null : { kernel: { status } };
  return { content: { widgets }, context: { sessionContext: { session } } };
}

test('a cell that runs counts although the kernel has just answered something else', () => {
  assert.equal(isComputing(panel('idle', ['markdown'], ['code', 'idle'], ['code', 'running'])), true);
});

test('a kernel that works for another page counts', () => {
  assert.equal(isComputing(panel('busy', ['code', 'idle'])), true);
});

test('nothing runs in a notebook at rest, or without a kernel', () => {
  assert.equal(isComputing(panel('idle', ['code', 'idle'], ['code', null], ['markdown'])), false);
  assert.equal(isComputing(panel(undefined)), false);
});
