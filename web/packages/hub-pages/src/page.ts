// SPDX-License-Identifier: Apache-2.0
// What the hub's pages have in common: requests with the page's token, elements without HTML texts.

import { refusalIn, said } from '../../../shared/page.ts';

const body = document.body;
/** Where the hub's pages are, with a slash at the end, such as "/hub/". */
export const base = body.dataset.base ?? '/hub/';
const token = body.dataset.xsrf ?? '';

/** A request that was answered with an error, or not at all; `message` is for the person. */
export class RequestError extends Error {}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(base + path, { ...init, credentials: 'same-origin' });
  } catch {
    throw new RequestError('The hub does not answer. The page tries again by itself.');
  }
  if (answer.redirected && new URL(answer.url).pathname.endsWith('/login')) {
    throw new RequestError('You are signed out. Load the page again to sign in.');
  }
  const value = await said(answer);
  if (!answer.ok) {
    const why = refusalIn(value) ?? `The hub refused: ${answer.status} ${answer.statusText}`;
    throw new RequestError(why);
  }
  return value as T;
}

export function get<T>(path: string): Promise<T> {
  return request<T>(path, { headers: { Accept: 'application/json' } });
}

export function post<T>(path: string, value: unknown = {}): Promise<T> {
  return send<T>('POST', path, value);
}

export function send<T>(method: string, path: string, value?: unknown): Promise<T> {
  return request<T>(path, {
    method,
    headers: {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      'X-XSRFToken': token
    },
    ...(value === undefined ? {} : { body: JSON.stringify(value) })
  });
}

type Child = Node | string | null;

/** An element; texts go in as texts, so that nobody's name is ever read as HTML. */
export function el(
  tag: string,
  attributes: Record<string, string | boolean> = {},
  ...children: Child[]
): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) {
      made.setAttribute(name, '');
    } else if (value !== false) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((child): child is Node | string => child !== null));
  return made;
}

export function icon(name: string, solid = false): SVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const drawn = document.createElementNS(space, 'svg');
  drawn.setAttribute('class', solid ? 'i solid' : 'i');
  drawn.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(space, 'use');
  use.setAttribute('href', `#i-${name}`);
  drawn.append(use);
  return drawn;
}

/** A value against its limit, with both numbers; near the limit it says so by colour, too. */
export function meter(label: string, value: number, limit: number, text: string): HTMLElement {
  const share = limit > 0 ? Math.min(1, value / limit) : 0;
  const bar = el('i', share >= 1 ? { class: 'over' } : {});
  bar.style.width = `${(100 * share).toFixed(1)}%`;
  const figure = el('b', {}, text);
  if (share >= 0.9) {
    figure.style.color = 'var(--warn)';
  }
  return el(
    'div',
    {},
    el('div', { class: 'r' }, el('span', {}, label), figure),
    el('div', { class: 'meter', role: 'img', 'aria-label': `${label}: ${text}` }, bar)
  );
}

export function count(value: number): string {
  return value.toLocaleString('en-GB');
}

export function gib(mib: number): string {
  return (mib / 1024).toFixed(1);
}

/** "5 s", "4 min", "2 h 10 min", "3 days". */
export function since(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

export const chips: Record<string, [string, string]> = {
  running: ['ok', 'play'],
  'switching on': ['accent', 'clock'],
  waiting: ['', 'clock'],
  computing: ['ok', 'play']
};

export function chip(state: string): HTMLElement {
  const [kind, drawing] = chips[state] ?? ['', 'clock'];
  return el('span', { class: `chip ${kind}` }, icon(drawing, drawing === 'play'), state);
}

/** In a frame of another site's page: the way out, for browsers that keep cookies from frames. */
export function offerTab(): void {
  if (window.top === window.self) {
    return;
  }
  const link = el(
    'a',
    { class: 'btn dense', id: 'open-tab', href: location.href, target: '_blank', rel: 'noopener' },
    'Open in a tab'
  );
  (document.querySelector('header.bar') ?? document.querySelector('.form > .links'))?.append(link);
}

/** Calls `look` now and then every so many milliseconds, never twice at once, not while hidden. */
export function every(milliseconds: number, look: () => Promise<void>): void {
  const turn = async (): Promise<void> => {
    if (!document.hidden) {
      await look();
    }
    setTimeout(turn, milliseconds);
  };
  void turn();
}

/** How often a page asks although nobody told it that something is new, in milliseconds. */
const now_and_then = 30_000;

/**
 * Calls `look` now, and whenever the hub says that something is new; also now and then, because the
 * hub may be gone. A page that nobody sees keeps no connection: browsers have six a site.
 */
export function whenChanged(path: string, look: () => Promise<void>): void {
  let looking = false;
  let again = false;
  const turn = async (): Promise<void> => {
    again = true;
    if (looking) {
      return;
    }
    looking = true;
    while (again) {
      again = false;
      await look();
    }
    looking = false;
  };
  let source: EventSource | null = null;
  const listen = (): void => {
    source?.close();
    source = null;
    if (!document.hidden) {
      source = new EventSource(base + path);
      source.onmessage = () => void turn();
      source.onopen = () => void turn(); // what came while it was closed
    }
  };
  document.addEventListener('visibilitychange', listen);
  setInterval(() => {
    if (!document.hidden) {
      void turn();
    }
  }, now_and_then);
  listen();
  void turn();
}
