// SPDX-License-Identifier: Apache-2.0
// Requests of the platform's page. Behind a notebook server a change needs that server's token.
import { refusalIn, said } from '../../../shared/page.ts';

/** What went wrong, in words for the person; `status` is HTTP's, 0 without an answer. */
export class RequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The value of a cookie that scripts may read, from `document.cookie`. */
export function cookie(name: string, cookies: string): string | undefined {
  for (const part of cookies.split('; ')) {
    const equals = part.indexOf('=');
    if (part.slice(0, equals) === name) return part.slice(equals + 1).replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}

/** Paths are relative to the page. */
export async function ask<T>(method: string, path: string, value?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  const token = cookie('_xsrf', document.cookie);
  if (token !== undefined) headers['X-XSRFToken'] = token;
  if (value !== undefined) headers['Content-Type'] = 'application/json';
  const body = value === undefined ? {} : { body: JSON.stringify(value) };
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, credentials: 'same-origin', ...body });
  } catch {
    throw new RequestError(0, 'The robotics platform does not answer. Load the page again.');
  }
  const told = await said(answer);
  if (answer.ok) return told as T;
  throw new RequestError(answer.status, refusalIn(told) ?? refusal(answer.status));
}

/** For answers without words of their own. */
export function refusal(status: number): string {
  if (status === 503) return 'The robotics platform is not running. Load the page again to start it.';
  if (status === 403) return 'The notebook server refused. Load the page again.';
  return `The robotics platform refused (${status}).`;
}
