// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemoryStorage, replaceDeniedStorage } from './storage.ts';

/** A page in a frame whose browser denies both kinds, as Chromium does: by accessors that throw. */
function denied(): { localStorage?: Storage; sessionStorage?: Storage } {
  const get = (): never => {
    throw new DOMException('Access is denied for this document.', 'SecurityError');
  };
  return Object.create({}, {
    localStorage: { get, configurable: true },
    sessionStorage: { get, configurable: true },
  });
}

test('a page that may store something keeps what it has', () => {
  const own = new MemoryStorage();
  const page = { localStorage: own, sessionStorage: own };
  assert.deepEqual(replaceDeniedStorage(page), []);
  assert.equal(page.localStorage, own);
});

test('a page that may not gets a storage that lasts as long as it does', () => {
  const page = denied();
  assert.deepEqual(replaceDeniedStorage(page), ['localStorage', 'sessionStorage']);
  page.localStorage!.setItem('a', '1');
  assert.equal(page.localStorage!.getItem('a'), '1');
  assert.equal(page.sessionStorage!.getItem('a'), null);
});

test('the storage does what Storage says', () => {
  const storage = new MemoryStorage();
  storage.setItem('a', '1');
  storage.setItem('b', '2');
  storage.setItem('a', '3');
  assert.equal(storage.length, 2);
  assert.deepEqual([storage.key(0), storage.key(1), storage.key(2)], ['a', 'b', null]);
  storage.removeItem('a');
  assert.equal(storage.getItem('a'), null);
  storage.clear();
  assert.equal(storage.length, 0);
});
