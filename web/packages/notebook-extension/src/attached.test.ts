// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Attached, place, type Execution, type Message } from './attached.ts';

function execution(changes: Partial<Execution>): Execution {
  return {
    msg_id: 'm',
    cell_id: 'a',
    code: 'work()',
    state: 'running',
    execution_count: 3,
    messages: [],
    ...changes,
  };
}

function message(msg_type: string, content: object = {}): Message {
  return { header: { msg_type }, parent_header: { msg_id: 'm' }, content };
}

/** A cell that notes what is done with it. */
function cell(id = 'a', source = 'work()') {
  const log: string[] = [];
  return {
    log,
    id,
    source,
    listen: () => {
      log.push('cleared');
      return (one: Message) => void log.push(one.header.msg_type);
    },
    setRunning: () => void log.push('[*]'),
    setDone: (count: number | null) => void log.push(`[${count}]`),
  };
}

test('a running cell gets what was said, then what follows, then its number', () => {
  const shown = cell();
  const attached = new Attached(
    shown,
    execution({ messages: [{ msg_type: 'stream', content: {} }, { msg_type: 'display_data', content: {} }] })
  );
  attached.take(message('update_display_data'));
  attached.take(message('status', { execution_state: 'busy' }));
  assert.equal(attached.isOver, false);
  attached.take(message('status', { execution_state: 'idle' }));
  attached.take(message('stream'));
  assert.equal(attached.isOver, true);
  assert.deepEqual(shown.log, [
    'cleared', '[*]', 'stream', 'display_data', 'update_display_data', 'status', 'status', '[3]',
  ]);
});

test('a queued cell keeps what it shows until it begins', () => {
  const shown = cell();
  const attached = new Attached(shown, execution({ state: 'queued', execution_count: null }));
  attached.take(message('update_display_data'));
  assert.deepEqual(shown.log, ['[*]']);
  attached.take(message('execute_input', { execution_count: 8 }));
  attached.take(message('status', { execution_state: 'idle' }));
  assert.deepEqual(shown.log, ['[*]', 'cleared', '[*]', 'execute_input', 'status', '[8]']);
});

test('a finished one is shown whole', () => {
  const shown = cell();
  const attached = new Attached(shown, execution({ state: 'finished', messages: [{ msg_type: 'error', content: {} }] }));
  assert.equal(attached.isOver, true);
  assert.deepEqual(shown.log, ['cleared', '[*]', 'error', '[3]']);
});

test('cells are found by id, then by code, and each once', () => {
  const cells = [cell('x1', 'same'), cell('x2', 'other'), cell('x3', 'same')];
  const first = execution({ msg_id: '1', cell_id: 'old1', code: 'same' });
  const second = execution({ msg_id: '2', cell_id: 'old2', code: 'same' });
  const third = execution({ msg_id: '3', cell_id: 'x2', code: 'edited since' });
  const none = execution({ msg_id: '4', cell_id: 'gone', code: 'gone' });
  const found = place([first, second, third, none], cells);
  assert.deepEqual(
    [first, second, third, none].map(one => found.get(one)?.id),
    ['x1', 'x3', 'x2', undefined]
  );
});
