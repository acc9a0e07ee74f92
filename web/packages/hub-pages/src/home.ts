// SPDX-License-Identifier: Apache-2.0
// The home page: what of one's own is running, and what one's share is.
import { byId } from '../../../shared/page.ts';
import { chip, count, el, get, gib, icon, meter, offerTab, post, RequestError, whenChanged } from './page.ts';

type Job = { id: number; label: string; state: string; boards: number; place?: number; why?: string };
type Run = { id: number; label: string; progress?: number; text?: string };
type State = {
  problem?: string;
  server: boolean;
  jobs: Job[];
  runs: Run[];
  share: { boards: number; boards_allowed: number | null; jobs: number; jobs_allowed: number | null };
  memory_mib: number | null;
  memory_limit_mib: number;
};

for (const way of document.querySelectorAll<HTMLElement>('[data-interface]')) {
  way.addEventListener('click', () => {
    // The next visit puts the focus on what was used last.
    document.cookie = `spinnlab-interface=${way.dataset.interface}; path=/hub/; max-age=31536000; samesite=lax`;
  });
}

function progressOf(run: Run): HTMLElement {
  const share = Math.min(1, Math.max(0, run.progress ?? 0));
  const bar = el('i');
  bar.style.width = `${(100 * share).toFixed(1)}%`;
  return el(
    'div',
    { class: 'row' },
    el('div', { class: 'progress grow' }, bar),
    el('span', { class: 'hint' }, run.text || `${(100 * share).toFixed(0)} %`)
  );
}

function reasonOf(job: Job): string {
  if (job.state !== 'waiting') {
    return '';
  }
  const place = job.place ? `${job.place} in line. ` : '';
  return place + (job.why ?? '');
}

function endButton(job: Job): HTMLElement {
  const word = job.state === 'waiting' ? 'Cancel' : 'Stop';
  const button = el('button', { class: 'btn dense', type: 'button' }, icon('stop', true), word);
  button.addEventListener('click', async () => {
    button.setAttribute('disabled', '');
    try {
      await post(`api/lab/jobs/${job.id}/end`);
    } catch (error) {
      show(error);
    }
    await look();
  });
  return button;
}

function rows(state: State): HTMLElement[] {
  const runs = state.runs.map(run =>
    el(
      'tr',
      {},
      el('td', {}, run.label),
      el('td', {}, chip('computing')),
      el('td', { class: 'num' }, '–'),
      el('td', { style: 'min-width:180px' }, progressOf(run)),
      el('td', { class: 'num' })
    )
  );
  const jobs = state.jobs.map(job =>
    el(
      'tr',
      {},
      el('td', {}, job.label),
      el('td', {}, chip(job.state)),
      el('td', { class: 'num' }, count(job.boards)),
      el('td', { class: 'hint' }, reasonOf(job)),
      el('td', { class: 'num' }, endButton(job))
    )
  );
  return [...runs, ...jobs];
}

function allowance(label: string, used: number, allowed: number | null): HTMLElement {
  return allowed === null
    ? meter(label, 0, 1, `${count(used)}, no limit`)
    : meter(label, used, allowed, `${count(used)} of ${count(allowed)}`);
}

function show(error: unknown): void {
  const box = byId('problem');
  box.hidden = error === null;
  const text = error instanceof RequestError ? error.message : String(error ?? '');
  box.querySelector('div')!.textContent = text;
}

async function look(): Promise<void> {
  let state: State;
  try {
    state = await get<State>('api/lab/me');
  } catch (error) {
    show(error);
    return;
  }
  byId('server').textContent = state.server
    ? 'Your server is running.'
    : 'Your server starts when you open one.';
  if (state.problem) {
    show(new RequestError(state.problem));
    return;
  }
  show(null);
  const table = byId('runs');
  const found = rows(state);
  table.querySelector('tbody')!.replaceChildren(...found);
  table.hidden = found.length === 0;
  byId('no-runs').hidden = found.length > 0;
  const share = state.share;
  const memory = state.memory_mib;
  byId('share').replaceChildren(
    allowance('Boards', share.boards, share.boards_allowed),
    allowance('Jobs', share.jobs, share.jobs_allowed),
    ...(memory === null || state.memory_limit_mib === 0
      ? []
      : [
          meter(
            'Memory',
            memory,
            state.memory_limit_mib,
            `${gib(memory)} of ${gib(state.memory_limit_mib)} GiB`
          )
        ])
  );
}

offerTab();
whenChanged('api/lab/events', look);
