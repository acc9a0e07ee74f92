// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { refusalIn, said } from './page.ts';

const answer = (text: string) => ({ text: () => Promise.resolve(text) });

test('what an answer says is its JSON, or nothing', async () => {
  assert.deepEqual(await said(answer('{"a": [1]}')), { a: [1] });
  for (const text of ['', '<html>', '{"a":']) assert.deepEqual(await said(answer(text)), {});
});

test('words are words, whatever else an answer may be', () => {
  assert.equal(refusalIn({ message: 'no more boards' }), 'no more boards');
  for (const value of [{}, { message: '' }, { message: 3 }, null, 'text', [1]]) {
    assert.equal(refusalIn(value), undefined);
  }
});
