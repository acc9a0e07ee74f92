// SPDX-License-Identifier: Apache-2.0
// The button at the top right of Jupyter Notebook and the entry in the menu File: "Shut down" on a
// person's own computer, "Logout" on a hub.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ServerConnection } from '@jupyterlab/services';
import { Widget } from '@lumino/widgets';

import { ask } from './ask.ts';
import { Pages } from './pages.ts';
import { showStopped } from './stopped.ts';
import { LEAVE, leaveQuestion, type Way } from './words.ts';
import { lookAtServer, stopAll } from './work.ts';

const COMMAND = 'spinnlab:leave';

/** Right of everything else in the top area of Notebook 7 (its kernel logo has 10,010). */
const RIGHTMOST = 20_000;

/** A hub's pages carry its prefix. */
function way(): Way {
  return PageConfig.getOption('hubPrefix') ? 'hub' : 'server';
}

/** Whether the server lets its pages stop it: always, unless its owner said no. */
function isOffered(): boolean {
  return way() === 'hub' || PageConfig.getOption('quitButton').toLowerCase() !== 'false';
}

/** Saves every changed document of this page. Rejects with the first one that could not be. */
async function saveDocuments(app: JupyterFrontEnd, documents: IDocumentManager | null): Promise<void> {
  if (documents === null) return;
  for (const widget of app.shell.widgets('main')) {
    const context = documents.contextForWidget(widget);
    if (context?.model.dirty && context.contentsModel?.writable !== false) await context.save();
  }
}

async function stopServer(app: JupyterFrontEnd): Promise<void> {
  const settings = app.serviceManager.serverSettings;
  await stopAll(settings);
  const url = URLExt.join(settings.baseUrl, 'api/shutdown');
  const response = await ServerConnection.makeRequest(url, { method: 'POST' }, settings);
  if (!response.ok) throw new ServerConnection.ResponseError(response);
  showStopped(app);
}

/**
 * Ends the session at this server, then that at the hub. The hub stops the server unless
 * `keepRunning`.
 */
async function logOut(keepRunning: boolean): Promise<void> {
  // The server's own sign-out; it answers with a redirection to the hub, which we make ourselves.
  await fetch(URLExt.join(PageConfig.getBaseUrl(), 'logout'), { redirect: 'manual' });
  const hub = PageConfig.getOption('hubHost') + PageConfig.getOption('hubPrefix');
  window.location.assign(`${URLExt.join(hub, 'logout')}${keepRunning ? '?keep-running=1' : ''}`);
}

async function leave(app: JupyterFrontEnd, pages: Pages): Promise<void> {
  const work = await lookAtServer(app.serviceManager.serverSettings);
  const question = leaveQuestion(way(), work);
  const answer = question ? await ask(question) : 'stop';
  if (answer === 'stay') return;
  await pages.saveAll();
  if (way() === 'hub') {
    if (answer === 'stop' && work.running.length > 0) await stopAll(app.serviceManager.serverSettings);
    await logOut(answer === 'keep');
  } else if (answer === 'keep') {
    window.close();
  } else {
    await stopServer(app);
  }
}

function button(app: JupyterFrontEnd): Widget {
  const node = document.createElement('div');
  const inner = document.createElement('button');
  inner.type = 'button';
  inner.textContent = LEAVE[way()].button;
  inner.title = LEAVE[way()].caption;
  inner.addEventListener('click', () => void app.commands.execute(COMMAND));
  node.append(inner);
  const widget = new Widget({ node });
  widget.id = 'spinnlab-leave';
  widget.addClass('spinnlab-Leave');
  return widget;
}

export const leaving: JupyterFrontEndPlugin<void> = {
  id: '@spinnlab/notebook:leave',
  description: 'Shut down at the top right; on a hub: Logout.',
  autoStart: true,
  optional: [IDocumentManager, ICommandPalette, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager | null,
    palette: ICommandPalette | null,
    labShell: ILabShell | null
  ) => {
    const words = LEAVE[way()];
    const pages = new Pages(PageConfig.getBaseUrl(), () => saveDocuments(app, documents));
    app.commands.addCommand(COMMAND, {
      label: words.entry,
      caption: words.caption,
      isVisible: isOffered,
      isEnabled: isOffered,
      execute: async () => {
        try {
          await leave(app, pages);
        } catch (reason) {
          await showErrorMessage(`${words.entry} did not work`, reason as Error);
        }
      },
    });
    palette?.addItem({ command: COMMAND, category: 'Main Area' });
    // JupyterLab keeps to its own look: the entry in its menu File is enough.
    if (labShell === null && isOffered()) app.shell.add(button(app), 'top', { rank: RIGHTMOST });
  },
};
