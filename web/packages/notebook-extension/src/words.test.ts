// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changeQuestion, fileName, haltQuestion, leaveQuestion, list, noteText, stopsAt } from './words.ts';

const nothing = { running: [], idle: [], terminals: 0 };

test('a list has commas and one "and"; long ones are counted', () => {
  assert.equal(list([]), '');
  assert.equal(list(['a']), 'a');
  assert.equal(list(['a', 'b']), 'a and b');
  assert.equal(list(['a', 'b', 'c', 'd']), 'a, b, c and d');
  assert.equal(list(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 others');
});

test('the last part of a path is the name', () => {
  assert.equal(fileName('course/One.ipynb'), 'One.ipynb');
  assert.equal(fileName('One.ipynb'), 'One.ipynb');
});

test('where nothing would be lost, nothing is asked', () => {
  assert.equal(leaveQuestion('server', nothing), undefined);
  assert.equal(leaveQuestion('hub', nothing), undefined);
  assert.equal(leaveQuestion('hub', { ...nothing, idle: ['a.ipynb'], terminals: 1 }), undefined);
});

test('a server that is shut down takes variables and terminals with it', () => {
  const question = leaveQuestion('server', { ...nothing, idle: ['a.ipynb'], terminals: 2 });
  assert.equal(
    question?.body,
    'Lost: the variables of a.ipynb, what runs in two terminals. Kept: all files.'
  );
  assert.equal(question?.keep, undefined);
});

test('runs are counted, named, and may go on', () => {
  const one = leaveQuestion('server', { ...nothing, running: ['a.ipynb'] });
  assert.equal(one?.title, 'One run is going on');
  assert.equal(one?.stop, 'Stop it, shut down');
  assert.equal(one?.keep, 'Keep running');
  const two = leaveQuestion('hub', { ...nothing, running: ['a.ipynb', 'b.ipynb'] });
  assert.equal(two?.title, 'Two runs are going on');
  assert.match(two!.body, /^In a\.ipynb and b\.ipynb\. /);
  assert.equal(two?.stop, 'Stop both, log out');
  assert.equal(two?.keep, 'Keep running, log out');
  const many = leaveQuestion('hub', { ...nothing, running: Array(12).fill('a.ipynb') });
  assert.equal(many?.title, '12 runs are going on');
  assert.equal(many?.stop, 'Stop all, log out');
});

test('what stops a run names the notebook, what is lost and what is kept', () => {
  for (const question of [haltQuestion('a.ipynb'), changeQuestion('a.ipynb')]) {
    for (const word of ['a.ipynb', 'Lost: ', 'Kept: ']) assert.ok(question.body.includes(word));
    assert.equal(question.stay, 'Keep running');
  }
});

test('a kernel is spoken of ten minutes before it is stopped, or at half of a short time', () => {
  const hour = 3600;
  assert.equal(stopsAt(0, hour, 49 * 60_000), undefined);
  assert.equal(stopsAt(0, hour, 50 * 60_000)?.getTime(), hour * 1000);
  assert.equal(stopsAt(0, 60, 29_000), undefined);
  assert.equal(stopsAt(0, 60, 30_000)?.getTime(), 60_000);
});

test('what was stopped is said with its time and its reason', () => {
  const note = { what: 'Your server', why: 'nobody had used it.', unix_s: Date.now() / 1000 };
  assert.match(noteText(note), /^Your server was stopped \(\d+:\d+.*\): nobody had used it\.$/);
  const before = noteText({ ...note, unix_s: note.unix_s - 3 * 86_400 });
  assert.match(before, /^Your server was stopped \(\w+, \d+:\d+.*\): /);
});
