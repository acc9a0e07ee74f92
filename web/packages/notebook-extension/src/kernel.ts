// SPDX-License-Identifier: Apache-2.0
// Kernel > Change kernel: Jupyter's own choice, then the choice is saved in the notebook.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';

import { ask } from './ask.ts';
import { isComputing } from './computing.ts';
import { changeQuestion, fileName } from './words.ts';

const COMMAND = 'spinnlab:change-kernel';

/** Jupyter's own command, which shows the list of kernels and frees the old one. */
const JUPYTERS = 'notebook:change-kernel';

/** Resolves when the notebook's metadata name the kernel `name`; Jupyter writes them itself. */
async function written(panel: NotebookPanel, name: string): Promise<void> {
  const { model } = panel.context;
  const says = (): boolean =>
    (model.getMetadata('kernelspec') as { name?: string } | undefined)?.name === name;
  if (says()) return;
  await new Promise<void>(resolve => {
    const look = (): void => {
      if (!says() && !panel.isDisposed) return;
      model.metadataChanged.disconnect(look);
      resolve();
    };
    model.metadataChanged.connect(look);
    panel.disposed.connect(look);
  });
}

async function changeKernel(app: JupyterFrontEnd, panel: NotebookPanel): Promise<void> {
  const { context } = panel;
  const before = context.sessionContext.session?.kernel;
  if (isComputing(panel) && (await ask(changeQuestion(fileName(context.path)))) !== 'stop') return;
  await app.commands.execute(JUPYTERS);
  const after = context.sessionContext.session?.kernel;
  if (!after || after.name === before?.name || panel.isDisposed) return;
  await written(panel, after.name);
  if (!panel.isDisposed && context.contentsModel?.writable !== false) await context.save();
}

export const kernel: JupyterFrontEndPlugin<void> = {
  id: '@spinnlab/notebook:change-kernel',
  description: 'Kernel > Change kernel: the choice is saved in the notebook.',
  autoStart: true,
  optional: [INotebookTracker, IMainMenu],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker | null, menu: IMainMenu | null) => {
    if (tracker === null) return;
    const current = (): NotebookPanel | null =>
      tracker.currentWidget === app.shell.currentWidget ? tracker.currentWidget : null;
    app.commands.addCommand(COMMAND, {
      label: 'Change kernel',
      caption: 'Choose another kernel for this notebook; the one it has is ended',
      isEnabled: () => current() !== null,
      execute: async () => {
        const panel = current();
        if (panel !== null) await changeKernel(app, panel);
      },
    });
    menu?.kernelMenu.kernelUsers.changeKernel.add({
      id: COMMAND,
      rank: -1,
      isEnabled: widget => widget === tracker.currentWidget && widget !== null,
    });
  },
};
