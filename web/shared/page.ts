// SPDX-License-Identifier: Apache-2.0
// What all pages of our own servers have in common.

/** An element that the page's HTML has; that it has not is our mistake. */
export function byId<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found as T;
}

/** What an answer says, as JSON; `{}` where it says nothing, or something else than JSON. */
export async function said(answer: { text(): Promise<string> }): Promise<unknown> {
  const text = await answer.text();
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    return {};
  }
}

/** The words of an answer that refuses, if it has any. */
export function refusalIn(value: unknown): string | undefined {
  const message = (value as { message?: unknown } | null)?.message;
  return typeof message === 'string' && message ? message : undefined;
}
