// SPDX-License-Identifier: Apache-2.0
// The platform's page: the form, or what stands behind it.
import { byId } from '../../../shared/page.ts';
import { ask, RequestError } from './requests.ts';

type Session = { signed_in: boolean; form: boolean; user: string };
type Platform = { version: string; started_unix_s: number; port: number | null; process: number };

/** Where people land, as on the original platform. */
const PRIVATE = '#/esv-private';

function show(part: 'sign-in' | 'home' | 'problem'): void {
  for (const id of ['sign-in', 'home', 'problem']) byId(id).hidden = id !== part;
}

function fact(name: string, value: string): HTMLElement[] {
  const term = document.createElement('dt');
  term.textContent = name;
  const said = document.createElement('dd');
  said.textContent = value;
  return [term, said];
}

function showHome(session: Session, platform: Platform): void {
  byId('who').textContent = session.form ? session.user : '';
  byId('sign-out').hidden = !session.form;
  const since = new Date(platform.started_unix_s * 1000);
  byId('facts').replaceChildren(
    ...fact('Since', since.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })),
    ...fact('Version', platform.version),
    ...fact('Port', platform.port ? `${platform.port} of 127.0.0.1` : 'none: through the notebook server'),
    ...fact('Process', String(platform.process))
  );
  show('home');
}

function showForm(platform: Platform): void {
  byId('version').textContent = `SpiNNLab ${platform.version}`;
  show('sign-in');
  byId('password').focus();
}

function refuse(message: string): void {
  const field = byId<HTMLInputElement>('password');
  byId('refused').textContent = message;
  byId('refused').hidden = !message;
  if (message) {
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-describedby', 'refused');
    field.select();
  } else {
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-describedby');
  }
}

async function look(): Promise<void> {
  const [session, platform] = await Promise.all([
    ask<Session>('GET', 'api/v1/session'),
    ask<Platform>('GET', 'api/v1/platform'),
  ]);
  if (session.signed_in) showHome(session, platform);
  else showForm(platform);
}

/** Does what a button is for; what goes wrong is said on the page. */
async function act(what: () => Promise<void>): Promise<void> {
  try {
    await what();
  } catch (reason) {
    if (!(reason instanceof RequestError)) throw reason;
    byId('problem').textContent = reason.message;
    show('problem');
  }
}

async function signIn(): Promise<void> {
  const user = byId<HTMLInputElement>('user').value;
  const password = byId<HTMLInputElement>('password').value;
  refuse('');
  try {
    await ask('POST', 'api/v1/session', { user, password });
  } catch (reason) {
    if (!(reason instanceof RequestError) || reason.status !== 401) throw reason;
    refuse(reason.message);
    return;
  }
  byId<HTMLInputElement>('password').value = '';
  await look();
}

if (!location.hash) history.replaceState(null, '', PRIVATE);
byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void act(signIn);
});
byId('sign-out').addEventListener('click', () => {
  void act(async () => {
    await ask('DELETE', 'api/v1/session');
    await look();
  });
});
void act(look);
