// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cookie, refusal } from './requests.ts';

test('a cookie is found by its whole name, without quotation marks around it', () => {
  const cookies = 'other_xsrf=1; _xsrf="2|a=b"; spinnlab=x';
  assert.equal(cookie('_xsrf', cookies), '2|a=b');
  assert.equal(cookie('xsrf', cookies), undefined);
  assert.equal(cookie('_xsrf', ''), undefined);
});

test('answers without words get some that say what to do', () => {
  assert.match(refusal(503), /not running.*start it/);
  assert.match(refusal(418), /418/);
});
