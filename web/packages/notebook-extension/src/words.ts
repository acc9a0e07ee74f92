// SPDX-License-Identifier: Apache-2.0
// What the extension says. Before anything is lost, it names what is lost and what is kept.

/** What goes on at the server. */
export interface Work {
  /** Names of notebooks (or kernels without one) in which a cell runs now. */
  running: string[];
  /** Names of those that wait: only their variables are at stake. */
  idle: string[];
  /** Number of open terminals. */
  terminals: number;
}

/** How this page ends: the person's own server is shut down, or the person leaves a hub. */
export type Way = 'server' | 'hub';

export interface Question {
  title: string;
  body: string;
  /** Labels of the buttons; a missing one is not offered. */
  stay: string;
  stop: string;
  keep?: string;
}

/** Words of the button at the top right and of the entry in the menu File. */
export const LEAVE: Record<Way, { button: string; entry: string; caption: string }> = {
  server: {
    button: 'Shut down',
    entry: 'Shut Down',
    caption: 'Stop the notebook server with its kernels and terminals',
  },
  hub: { button: 'Logout', entry: 'Log Out', caption: 'Log out of the hub' },
};

const COUNTS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten'];

function count(n: number, thing: string): string {
  return `${COUNTS[n] ?? n} ${thing}${n === 1 ? '' : 's'}`;
}

/** "a", "a and b", "a, b and c"; above four names the rest is counted. */
export function list(names: readonly string[]): string {
  const shown = names.length > 4 ? names.slice(0, 3) : [...names];
  if (names.length > shown.length) shown.push(`${names.length - shown.length} others`);
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Asked before a kernel that computes is ended with its notebook. */
export function haltQuestion(notebook: string): Question {
  return {
    title: 'A cell is running',
    body:
      `Close and Halt stops the run in ${notebook} and frees its boards. ` +
      'Lost: the variables and what the run has recorded so far. ' +
      'Kept: the notebook with the outputs shown.',
    stay: 'Keep running',
    stop: 'Close and halt',
  };
}

/** Asked before a kernel that computes is exchanged for another. */
export function changeQuestion(notebook: string): Question {
  return {
    title: 'A cell is running',
    body:
      `Another kernel for ${notebook} stops the run and frees its boards. ` +
      'Lost: the variables and what the run has recorded so far. ' +
      'Kept: the notebook with the outputs shown.',
    stay: 'Keep running',
    stop: 'Choose another kernel',
  };
}

/** Asked before the page is left; undefined when nothing would be lost. */
export function leaveQuestion(way: Way, work: Work): Question | undefined {
  const runs = work.running.length;
  const verb = way === 'hub' ? 'log out' : 'shut down';
  if (runs > 0) {
    const goesOn = way === 'hub' ? '' : ' Keep running closes only this page.';
    return {
      title: runs === 1 ? 'One run is going on' : `${count(runs, 'run')} are going on`,
      body:
        `In ${list(work.running)}. ` +
        `If stopped, the variables and what is recorded so far are lost; files are kept.${goesOn}`,
      stay: 'Stay',
      stop: `Stop ${runs === 1 ? 'it' : runs === 2 ? 'both' : 'all'}, ${verb}`,
      keep: way === 'hub' ? 'Keep running, log out' : 'Keep running',
    };
  }
  // A hub decides itself whether idle kernels end with the session; nothing computes.
  if (way === 'hub' || work.idle.length + work.terminals === 0) return undefined;
  const lost = [];
  if (work.idle.length > 0) lost.push(`the variables of ${list(work.idle)}`);
  if (work.terminals > 0) lost.push(`what runs in ${count(work.terminals, 'terminal').toLowerCase()}`);
  return {
    title: 'Shut the server down?',
    body: `Lost: ${lost.join(', ')}. Kept: all files.`,
    stay: 'Stay',
    stop: 'Shut down',
  };
}

/** Shown when the server has stopped. */
export const STOPPED = {
  title: 'The server has stopped',
  body: 'Kernels and terminals have ended; files are kept. To go on, enter in a terminal:',
  command: 'spinnlab',
};

/** Something that was stopped, as the server notes it. */
export interface StopNote {
  what: string;
  why: string;
  /** Seconds since 1970, UTC. */
  unix_s: number;
}

/** Said so long before a kernel is stopped; no earlier than half of what it may be idle. */
const AHEAD_MS = 600_000;

/**
 * When a kernel that was last used at `since_ms` is stopped at the earliest; undefined while that is
 * too far away to speak of. Times in milliseconds since 1970.
 */
export function stopsAt(since_ms: number, limit_s: number, now_ms: number): Date | undefined {
  const at_ms = since_ms + limit_s * 1000;
  const ahead_ms = Math.min(AHEAD_MS, (limit_s * 1000) / 2);
  return now_ms < at_ms - ahead_ms ? undefined : new Date(at_ms);
}

function clock(time: Date): string {
  return time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

/** "Tue 14:30", and the date where it is longer ago than a week. */
function day(time: Date, now: Date): string {
  if (time.toDateString() === now.toDateString()) return clock(time);
  const near = now.getTime() - time.getTime() < 6 * 86_400_000;
  const shown: Intl.DateTimeFormatOptions = near ? { weekday: 'short' } : { dateStyle: 'medium' };
  return `${time.toLocaleDateString([], shown)}, ${clock(time)}`;
}

export function noteText(note: StopNote): string {
  return `${note.what} was stopped (${day(new Date(note.unix_s * 1000), new Date())}): ${note.why}`;
}

export const IDLE = {
  keep: 'Keep it',
  read: 'Understood',
  warning: (notebook: string, at: Date): string =>
    `Nothing has run in ${notebook} for a while. Its kernel is stopped at ${clock(at)}: ` +
    'its variables are lost then; files, outputs and recordings are kept.',
};
