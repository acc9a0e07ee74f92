// SPDX-License-Identifier: Apache-2.0
// What a page shows when its server has stopped on the person's word.

import type { JupyterFrontEnd } from '@jupyterlab/application';

import { STOPPED } from './words.ts';

/** Closes the tab if the browser lets us; else the page says that the server has stopped. */
export function showStopped(app: JupyterFrontEnd): void {
  // Nothing asks the server any more, so no page complains of a lost connection.
  app.serviceManager.dispose();
  window.close();
  const page = document.createElement('main');
  page.className = 'spinnlab-Stopped';
  const title = document.createElement('h1');
  title.textContent = STOPPED.title;
  const body = document.createElement('p');
  body.textContent = STOPPED.body;
  const command = document.createElement('code');
  command.textContent = STOPPED.command;
  page.append(title, body, command);
  page.tabIndex = -1;
  document.title = STOPPED.title;
  // Jupyter's themes are style sheets in the body: they stay.
  for (const child of [...document.body.children]) {
    if (!(child instanceof HTMLLinkElement || child instanceof HTMLStyleElement)) child.remove();
  }
  document.body.append(page);
  page.focus();
}
