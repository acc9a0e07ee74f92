// SPDX-License-Identifier: Apache-2.0
// The tile "Neurorobotics" of the Launcher: starts the platform and opens its page in a tab.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ILauncher } from '@jupyterlab/launcher';
import { ServerConnection } from '@jupyterlab/services';

const COMMAND = 'spinnlab:robotics';
const CATEGORY = 'Other';

/** Opens the page; it says so where the browser lets no page open a tab. */
async function open(app: JupyterFrontEnd): Promise<void> {
  const settings = app.serviceManager.serverSettings;
  // At once: a browser takes a tab that opens later for an advertisement.
  const tab = window.open('about:blank', '_blank');
  try {
    const url = URLExt.join(settings.baseUrl, 'api/spinnlab/robotics');
    const answer = await ServerConnection.makeRequest(url, { method: 'POST' }, settings);
    if (!answer.ok) throw await ServerConnection.ResponseError.create(answer);
  } catch (reason) {
    tab?.close();
    throw reason;
  }
  const page = `${URLExt.join(settings.baseUrl, 'proxy/9000/')}#/esv-private`;
  if (tab) tab.location.replace(page);
  else throw new Error(`The browser opened no tab. The platform runs: ${page}`);
}

export const robotics: JupyterFrontEndPlugin<void> = {
  id: '@spinnlab/notebook:robotics',
  description: 'Starts the neurorobotics platform from the Launcher.',
  autoStart: true,
  optional: [ILauncher, ICommandPalette],
  activate: (app: JupyterFrontEnd, launcher: ILauncher | null, palette: ICommandPalette | null) => {
    app.commands.addCommand(COMMAND, {
      label: 'Neurorobotics',
      iconClass: 'spinnlab-RoboticsIcon',
      caption: 'Start the neurorobotics platform and open its page',
      execute: async () => {
        try {
          await open(app);
        } catch (reason) {
          await showErrorMessage('The neurorobotics platform', reason as Error);
        }
      },
    });
    launcher?.add({ command: COMMAND, category: CATEGORY });
    palette?.addItem({ command: COMMAND, category: CATEGORY });
  },
};
