// SPDX-License-Identifier: Apache-2.0
// The administrator's page: what is running, whose it is, and what needs somebody.
import { byId } from '../../../shared/page.ts';
import { chip, count, el, get, gib, icon, meter, post, RequestError, since, whenChanged } from './page.ts';
import { draw, type Board } from './racks.ts';
import { changes, fields, shown, type Quota, type Quotas, type Typed } from './shares.ts';

type Person = {
  name: string;
  unix: string;
  admin: boolean;
  way: string;
  approved: boolean;
  blocked: boolean;
  server: boolean;
  last: string;
  memory_mib: number | null;
};
type Job = { id: number; user: string; label: string; state: string; boards: number; since_s: number };
type Run = { id: number; user: string; label: string; text?: string; progress?: number; since_s?: number };
type Host = {
  cores: number;
  cores_used: number;
  memory_mib: number;
  memory_limit_mib: number;
  disk_mib: number;
  disk_limit_mib: number;
  nearly_full: number;
};
type Overview = {
  problem?: string;
  people: Person[];
  waiting: string[];
  announcement: string;
  host: Host;
  backup_s: number | null;
  sign_up: string;
  draining: boolean;
  quotas?: Quotas;
  boards?: { name: string; boards: (number | string)[] }[];
  jobs?: Job[];
  runs?: Run[];
};

const series = ['--s2', '--s3', '--s4', '--s5', '--s6', '--s7', '--s8', '--s1'];
const colours = new Map<string, string>();

/** A person keeps the colour for as long as the page is open; the ninth and later are hollow. */
function colourOf(user: string): string | undefined {
  if (!colours.has(user) && colours.size < series.length) {
    colours.set(user, `var(${series[colours.size]})`);
  }
  return colours.get(user);
}

let people: Person[] = [];
let quotas: Quotas | undefined;

function personOf(unix: string): string {
  return people.find(person => person.unix === unix)?.name ?? unix;
}

/** Asks before what cannot be undone; gives the field's text, or null for "leave it". */
function ask(title: string, text: string, yes: string, field?: string): Promise<string | null> {
  const dialog = byId<HTMLDialogElement>('ask');
  const input = byId<HTMLInputElement>('ask-value');
  byId('ask-title').textContent = title;
  byId('ask-text').textContent = text;
  byId('ask-yes').textContent = yes;
  byId('ask-field').hidden = field === undefined;
  byId('ask-field').querySelector('label')!.textContent = field ?? '';
  input.value = '';
  dialog.showModal();
  return new Promise(resolve => {
    dialog.onclose = () => resolve(dialog.returnValue === 'yes' ? input.value : null);
  });
}

function button(word: string, action: () => Promise<unknown>): HTMLElement {
  const made = el('button', { class: 'btn dense', type: 'button' }, word);
  made.addEventListener('click', async () => {
    made.setAttribute('disabled', '');
    try {
      await action();
      problem = '';
    } catch (error) {
      problem = error instanceof RequestError ? error.message : String(error);
    }
    made.blur();
    await look();
  });
  return made;
}

let problem = '';

async function remove(person: Person): Promise<void> {
  const answer = await ask(
    `Remove ${person.name}`,
    'The account, the server and the jobs end. The home folder is kept as an archive in the ' +
      "hub's folder.",
    'Remove'
  );
  if (answer !== null) {
    await post('api/lab/admin/remove', { name: person.name });
  }
}

/** The dialog with the four numbers of a person's share; what was changed goes to the allocator. */
async function setShare(person: Person): Promise<void> {
  const own = quotas?.users[person.unix];
  const before = own?.quota ?? quotas?.everybody;
  if (!before) {
    throw new RequestError('The allocator does not answer; shares cannot be changed now.');
  }
  const dialog = byId<HTMLDialogElement>('share');
  const input = (field: keyof Quota): HTMLInputElement => byId<HTMLInputElement>(`share-${field}`);
  byId('share-title').textContent = `Share of ${person.name}`;
  byId('share-used').textContent =
    `${count(Math.round(own?.in_use.board_seconds ?? 0))} board-seconds used so far`;
  byId<HTMLInputElement>('share-anew').checked = false;
  const was = shown(before);
  fields.forEach(field => (input(field).value = was[field]));
  dialog.returnValue = '';
  dialog.showModal();
  await new Promise(resolve => (dialog.onclose = resolve));
  if (dialog.returnValue !== 'yes') {
    return;
  }
  const typed = Object.fromEntries(fields.map(field => [field, input(field).value])) as Typed;
  await post('api/lab/admin/quota', {
    name: person.name,
    ...changes(before, typed),
    usage_anew: byId<HTMLInputElement>('share-anew').checked
  });
}

async function showLog(person: Person): Promise<void> {
  const { log } = await get<{ log: string }>(`api/lab/admin/log/${person.name}`);
  const dialog = byId<HTMLDialogElement>('log');
  byId('log-title').textContent = `Server of ${person.name}, since its last start`;
  byId('log-text').textContent = log || 'No server of this person was started yet.';
  dialog.showModal();
  byId('log-text').scrollTop = byId('log-text').scrollHeight;
  await new Promise(resolve => (dialog.onclose = resolve));
}

function personRow(person: Person, jobs: Job[]): HTMLElement {
  const boards = jobs
    .filter(job => job.user === person.unix)
    .reduce((sum, job) => sum + job.boards, 0);
  const state = person.blocked
    ? 'blocked'
    : !person.approved
      ? 'waits for approval'
      : person.server
        ? 'server running'
        : '';
  const name = { name: person.name };
  const waits = !person.approved || person.blocked;
  return el(
    'tr',
    {},
    el('td', {}, person.name + (person.admin ? ' (administrator)' : '')),
    el('td', {}, person.way === 'local' ? 'password' : person.way || '–'),
    el('td', {}, state),
    el('td', { class: 'num hide-s' }, person.memory_mib === null ? '' : `${count(person.memory_mib)} MiB`),
    el('td', { class: 'num' }, boards ? count(boards) : ''),
    el('td', { class: 'hide-s' }, person.last ? `${since((Date.now() - Date.parse(person.last)) / 1000)} ago` : 'never'),
    el(
      'td',
      { class: 'num' },
      waits ? button('Approve', () => post('api/lab/admin/approve', name)) : null,
      person.server ? button('Stop server', () => post('api/lab/admin/stop', name)) : null,
      waits ? null : button('Share', () => setShare(person)),
      button('Log', () => showLog(person)),
      waits ? null : button('Block', () => post('api/lab/admin/block', name)),
      button('Remove', () => remove(person))
    )
  );
}

function jobRow(job: Job): HTMLElement {
  return el(
    'tr',
    {},
    el('td', { class: 'num mono' }, String(job.id)),
    el('td', {}, personOf(job.user)),
    el('td', {}, job.label),
    el('td', {}, chip(job.state)),
    el('td', { class: 'num' }, count(job.boards)),
    el('td', { class: 'num' }, since(Date.now() / 1000 - job.since_s)),
    el('td', { class: 'num' }, button('Stop', () => post(`api/lab/jobs/${job.id}/end`)))
  );
}

function runRow(run: Run): HTMLElement {
  return el(
    'tr',
    {},
    el('td', { class: 'num mono' }, ''),
    el('td', {}, personOf(run.user)),
    el('td', {}, run.label),
    el('td', {}, chip('computing')),
    el('td', { class: 'num' }, '–'),
    el('td', { class: 'num' }, run.since_s ? since(Date.now() / 1000 - run.since_s) : ''),
    el('td', { class: 'hint' }, run.text ?? '')
  );
}

function none(columns: number, text: string): HTMLElement {
  return el('tr', {}, el('td', { colspan: String(columns), class: 'hint' }, text));
}

function figure(value: string, unit: string, below: string): HTMLElement {
  return el(
    'div',
    {},
    el('div', { class: 'v' }, value, ' ', el('span', { class: 'unit' }, unit)),
    el('div', { class: 'l' }, below)
  );
}

function need(drawing: string, colour: string, title: string, hint: string, act?: HTMLElement): HTMLElement {
  const mark = el('span', {}, icon(drawing));
  mark.style.color = `var(${colour})`;
  return el('li', {}, mark, el('b', {}, title), act ?? el('span'), el('span', { class: 'hint' }, hint));
}

function needs(view: Overview): HTMLElement[] {
  const found: HTMLElement[] = [];
  const said = problem || view.problem;
  if (said) {
    found.push(need('alert', '--error', said, ''));
  }
  const { host } = view;
  for (const [what, used, limit] of [
    ['Disk', host.disk_mib, host.disk_limit_mib],
    ['Memory', host.memory_mib, host.memory_limit_mib]
  ] as const) {
    if (used > host.nearly_full * limit) {
      found.push(
        need('alert', '--error', `${what} is ${Math.round((100 * used) / limit)} % full`, `${gib(used)} of ${gib(limit)} GiB`)
      );
    }
  }
  if (view.draining) {
    found.push(need('bell', '--warn', 'No new servers start', 'The hub is drained for maintenance.'));
  }
  for (const name of view.waiting) {
    found.push(
      need('user', '--warn', `${name} asks for an account`, '', button('Approve', () => post('api/lab/admin/approve', { name })))
    );
  }
  if (view.backup_s === null || view.backup_s > 7 * 86400) {
    found.push(
      need(
        'download',
        '--text-3',
        view.backup_s === null ? 'There is no backup yet' : `The backup is ${since(view.backup_s)} old`,
        'spinnlab hub backup'
      )
    );
  }
  return found.length ? found : [el('li', {}, icon('ok'), el('span', {}, 'Nothing'), el('span'))];
}

function drawBoards(view: Overview, jobs: Map<number, Job>): void {
  const cells = (view.boards ?? []).flatMap(machine => machine.boards);
  const boards: Board[] = cells.map(cell => {
    if (cell === '') {
      return { kind: 'free' };
    }
    const job = typeof cell === 'number' ? jobs.get(cell) : undefined;
    if (!job) {
      return { kind: 'dead', title: 'out of service' };
    }
    return { kind: 'work', colour: colourOf(job.user), title: `${personOf(job.user)}: ${job.label}` };
  });
  const busy = boards.filter(board => board.kind === 'work').length;
  byId('boards-meta').textContent = `${count(busy)} of ${count(boards.length)} at work`;
  draw(byId('racks'), boards);
}

function fill(view: Overview): void {
  people = view.people;
  quotas = view.quotas;
  const jobs = view.jobs ?? [];
  const runs = view.runs ?? [];
  drawBoards(view, new Map(jobs.map(job => [job.id, job])));
  const running = people.filter(person => person.server).length;
  const waiting = jobs.filter(job => job.state === 'waiting').length;
  const busy = jobs.reduce((sum, job) => sum + job.boards, 0);
  const all = (view.boards ?? []).reduce((sum, machine) => sum + machine.boards.length, 0);
  const dead = (view.boards ?? []).flatMap(machine => machine.boards).filter(cell => cell === 'dead').length;
  byId('strip').replaceChildren(
    figure(count(running), `of ${count(people.length)} people`, `have a server; ${view.waiting.length} wait for approval`),
    figure(count(jobs.length), 'jobs', `${count(jobs.length - waiting)} with boards, ${waiting} waiting`),
    figure(count(runs.length), 'native runs', 'computing now'),
    figure(count(busy), `of ${count(all)} boards`, `at work, ${dead} out of service`),
    figure(gib(view.host.memory_mib), `of ${gib(view.host.memory_limit_mib)} GiB`, 'memory of the host')
  );
  byId('jobs').replaceChildren(
    ...(jobs.length + runs.length ? [...runs.map(runRow), ...jobs.map(jobRow)] : [none(7, 'Nothing is running.')])
  );
  byId('people').replaceChildren(
    ...(people.length ? people.map(person => personRow(person, jobs)) : [none(7, 'Nobody has an account yet.')])
  );
  byId('needs').replaceChildren(...needs(view));
  const { host } = view;
  byId('host').replaceChildren(
    meter('Processor', host.cores_used, host.cores, `${host.cores_used.toFixed(1)} of ${host.cores} cores`),
    meter('Memory', host.memory_mib, host.memory_limit_mib, `${gib(host.memory_mib)} of ${gib(host.memory_limit_mib)} GiB`),
    meter('Disk', host.disk_mib, host.disk_limit_mib, `${gib(host.disk_mib)} of ${gib(host.disk_limit_mib)} GiB`)
  );
  const text = byId<HTMLTextAreaElement>('announcement');
  if (document.activeElement !== text && !text.dataset.edited) {
    text.value = view.announcement;
  }
  byId('new-code').hidden = view.sign_up !== 'code';
  byId('drain').textContent = view.draining ? 'Let servers start again' : 'Drain for maintenance';
  byId('drain').setAttribute('aria-pressed', String(view.draining));
}

async function look(): Promise<void> {
  if (document.activeElement?.closest('tbody, .att')) {
    return; // a table that is rebuilt under the keyboard would lose its place
  }
  try {
    fill(await get<Overview>('api/lab/admin'));
  } catch (error) {
    byId('needs').replaceChildren(need('alert', '--error', (error as Error).message, ''));
  }
}

byId('announcement').addEventListener('input', event => {
  (event.target as HTMLElement).dataset.edited = 'yes';
});
byId('announce').addEventListener('submit', async event => {
  event.preventDefault();
  const text = byId<HTMLTextAreaElement>('announcement');
  try {
    await post('api/lab/admin/announce', { text: text.value });
    delete text.dataset.edited;
  } catch (error) {
    problem = (error as Error).message;
  }
  await look();
});
for (const leave of document.querySelectorAll('[data-close]')) {
  leave.addEventListener('click', () => leave.closest('dialog')!.close());
}
byId('drain').addEventListener('click', async () => {
  const on = byId('drain').getAttribute('aria-pressed') !== 'true';
  const sure =
    !on ||
    (await ask(
      'Drain for maintenance',
      'No new servers start, and everybody reads so. Servers that run go on until they are stopped.',
      'Drain'
    )) !== null;
  try {
    if (sure) {
      await post('api/lab/admin/drain', { on });
    }
  } catch (error) {
    problem = (error as Error).message;
  }
  await look();
});
byId('new-code').addEventListener('click', async () => {
  const made = await post<{ code: string }>('api/lab/admin/code', { days: 7 });
  await ask('Sign-up code', `${made.code} lets people sign up for 7 days. It is shown once.`, 'Copied');
});

whenChanged('api/lab/events?everybody=1', look);
