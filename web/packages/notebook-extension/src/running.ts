// SPDX-License-Identifier: Apache-2.0
// Outputs of cells that run already when a notebook is opened.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { CodeCell } from '@jupyterlab/cells';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { Attached, place } from './attached.ts';
import type { Cell, Execution, Message } from './attached.ts';

/** What the server calls its message; see python/spinnlab/kept_outputs/keeper.py. */
const MESSAGE = 'spinnlab_executions';

/** A future that this page did not make: the cell's output area listens to it like to its own. */
class Foreign {
  onIOPub: ((message: Message) => void) | null = null;
  onReply: unknown = null;
  onStdin: unknown = null;
  readonly msg = { header: {}, content: {} };
  readonly done: Promise<unknown>;
  isDisposed = false;
  private resolve!: (value: unknown) => void;

  constructor() {
    this.done = new Promise(resolve => {
      this.resolve = resolve;
    });
  }

  registerMessageHook(): void {
    // Only widgets ask for it, and they need an execution of their own page.
  }

  removeMessageHook(): void {
    // As above.
  }

  sendInputReply(): void {
    // A question is asked of the page that executes.
  }

  dispose(): void {
    this.isDisposed = true;
    this.onIOPub = null;
    this.resolve(undefined);
  }
}

/** A code cell of a notebook, as `Attached` knows it. */
function shown(cell: CodeCell): Cell {
  let future: Foreign | null = null;
  return {
    id: cell.model.sharedModel.getId(),
    source: cell.model.sharedModel.getSource(),
    listen() {
      const made = new Foreign();
      future = made;
      cell.model.trusted = true; // executed by the same person
      cell.outputArea.future = made as unknown as CodeCell['outputArea']['future'];
      return message => made.onIOPub?.(message);
    },
    setRunning() {
      cell.model.executionState = 'running';
      cell.setPrompt('*');
    },
    setDone(count) {
      // Somebody may have executed the cell from here in the meantime.
      if (future === null || !future.isDisposed) {
        cell.model.executionState = 'idle';
        cell.model.executionCount = count;
        cell.setPrompt(count === null ? '' : `${count}`);
      }
    }
  };
}

function codeCells(panel: NotebookPanel): CodeCell[] {
  return panel.content.widgets.filter(cell => cell.model.type === 'code') as CodeCell[];
}

/** Follows the kernel of one notebook. */
function follow(panel: NotebookPanel): void {
  const attached = new Map<string, Attached>();

  const begin = (executions: Execution[]): void => {
    const fresh = executions.filter(one => !attached.has(one.msg_id));
    for (const [execution, cell] of place(fresh, codeCells(panel).map(shown))) {
      attached.set(execution.msg_id, new Attached(cell, execution));
    }
  };

  const take = (message: Message): void => {
    if (message.header.msg_type === MESSAGE) {
      begin((message.content as unknown as { executions: Execution[] }).executions);
      return;
    }
    if (message.header.msg_type === 'update_display_data') {
      // Whoever shows it knows by its id.
      attached.forEach(one => one.take(message));
      return;
    }
    const of = message.parent_header.msg_id;
    if (of !== undefined) {
      attached.get(of)?.take(message);
    }
  };

  // Cells are there a little later than the kernel's first words.
  let ready: Promise<unknown> = panel.context.ready;
  let waiting = 0;
  panel.sessionContext.iopubMessage.connect((_, message) => {
    const copy = message as unknown as Message;
    if (copy.header.msg_type === MESSAGE || attached.size > 0 || waiting > 0) {
      waiting += 1;
      ready = ready
        .then(() => take(copy))
        .catch(error => console.error('Outputs of a running cell:', error))
        .finally(() => {
          waiting -= 1;
        });
    }
  });
  panel.sessionContext.kernelChanged.connect(() => attached.clear());
}

/** Outputs of executions that this page did not ask for. */
export const running: JupyterFrontEndPlugin<void> = {
  id: '@spinnlab/notebook:running',
  description: 'Shows outputs of cells that run already when a notebook is opened.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app: JupyterFrontEnd, notebooks: INotebookTracker): void => {
    notebooks.forEach(follow);
    notebooks.widgetAdded.connect((_, panel) => follow(panel));
  }
};
