// SPDX-License-Identifier: Apache-2.0
// The page that waits for a server: steps with seconds, then the server itself.
import { byId } from '../../../shared/page.ts';
import { base, el, icon, send, since } from './page.ts';

type Event = { progress?: number; message?: string; ready?: boolean; failed?: boolean };

const main = document.querySelector<HTMLElement>('main')!;
const steps = byId('steps');
let current: { row: HTMLElement; time: HTMLElement; began: number } | null = null;

function finish(drawing: string): void {
  if (!current) {
    return;
  }
  current.row.firstElementChild!.replaceWith(icon(drawing));
  current = null;
}

function begin(message: string): void {
  finish('ok');
  const time = el('span', { class: 'hint' });
  const row = el('li', {}, el('span', { class: 'spin' }), el('span', {}, message), time);
  steps.append(row);
  current = { row, time, began: performance.now() };
}

setInterval(() => {
  if (current) {
    const seconds = (performance.now() - current.began) / 1000;
    current.time.textContent = seconds >= 1 ? since(seconds) : '';
  }
}, 250);

const source = new EventSource(main.dataset.progress!);
source.onmessage = message => {
  const event = JSON.parse(message.data as string) as Event;
  if (event.ready) {
    finish('ok');
    source.close();
    location.reload(); // the hub sends on to the server
  } else if (event.failed) {
    finish('alert');
    source.close();
    location.reload(); // the hub says why
  } else if (event.message) {
    begin(event.message);
  }
};

byId('cancel').addEventListener('click', async () => {
  source.close();
  const path = main.dataset.stop!.slice(base.length);
  try {
    await send('DELETE', path);
  } finally {
    location.href = `${base}home`;
  }
});
