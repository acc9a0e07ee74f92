// SPDX-License-Identifier: Apache-2.0
// File > Close and Halt: ends the notebook's kernel (with it the run and its boards) and leaves.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';

import { ask } from './ask.ts';
import { isComputing } from './computing.ts';
import { fileName, haltQuestion } from './words.ts';

const COMMAND = 'spinnlab:close-and-halt';

/** Above this the browser did not close the tab: a page closes only tabs that a page opened. */
const TAB_CLOSES_MS = 300;

/** Saves what was changed. False when it could not be: Jupyter has then said why. */
async function save(panel: NotebookPanel): Promise<boolean> {
  const { context } = panel;
  if (!context.model.dirty || context.contentsModel?.writable === false) return true;
  try {
    await context.save();
  } catch {
    return false;
  }
  return true;
}

/** Closes the browser's tab, or goes back to the folder of the notebook. */
function leaveTab(path: string): void {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  window.close();
  window.setTimeout(() => {
    const tree = URLExt.join(PageConfig.getBaseUrl(), 'tree', URLExt.encodeParts(folder));
    window.location.assign(tree);
  }, TAB_CLOSES_MS);
}

async function closeAndHalt(panel: NotebookPanel, lab: boolean): Promise<void> {
  const { sessionContext, path } = panel.context;
  if (isComputing(panel) && (await ask(haltQuestion(fileName(path)))) !== 'stop') return;
  if (!(await save(panel))) return;
  try {
    await sessionContext.shutdown();
  } catch (reason) {
    await showErrorMessage(`The kernel of ${fileName(path)} did not halt`, reason as Error);
    return;
  }
  if (lab) panel.dispose();
  else leaveTab(path);
}

export const halt: JupyterFrontEndPlugin<void> = {
  id: '@spinnlab/notebook:close-and-halt',
  description: 'File > Close and Halt: ends the kernel and closes the notebook.',
  autoStart: true,
  optional: [INotebookTracker, IMainMenu, ICommandPalette, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker | null,
    menu: IMainMenu | null,
    palette: ICommandPalette | null,
    labShell: ILabShell | null
  ) => {
    if (tracker === null) return;
    const current = (): NotebookPanel | null =>
      tracker.currentWidget === app.shell.currentWidget ? tracker.currentWidget : null;
    app.commands.addCommand(COMMAND, {
      label: 'Close and Halt',
      caption: 'End the kernel, free its boards, close the notebook',
      isEnabled: () => current() !== null,
      execute: async () => {
        const panel = current();
        if (panel !== null) await closeAndHalt(panel, labShell !== null);
      },
    });
    // Before Jupyter's own "Close and Shut Down Notebook…", whose rank is 0 in Notebook 7.
    menu?.fileMenu.closeAndCleaners.add({
      id: COMMAND,
      rank: -1,
      isEnabled: widget => widget === tracker.currentWidget && widget !== null,
    });
    palette?.addItem({ command: COMMAND, category: 'Notebook Operations' });
  },
};
