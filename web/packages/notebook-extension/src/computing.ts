// SPDX-License-Identifier: Apache-2.0
// Whether something of a notebook runs, so that nobody loses it without a question.

/** As much of a NotebookPanel as is looked at. */
export interface Panel {
  readonly content: { readonly widgets: readonly { readonly model: Cell }[] };
  readonly context: {
    readonly sessionContext: {
      readonly session?: { readonly kernel?: { readonly status: string } | null } | null;
    };
  };
}
interface Cell {
  readonly type: string;
  readonly executionState?: string | null;
}

/**
 * A cell says it by its own mark. The kernel's status speaks of its last message and was seen to be
 * "idle" in the midst of a run. But it also knows of what other pages run.
 */
export function isComputing(panel: Panel): boolean {
  const marked = panel.content.widgets.some(({ model }) => {
    return model.type === 'code' && model.executionState === 'running';
  });
  return marked || panel.context.sessionContext.session?.kernel?.status === 'busy';
}
