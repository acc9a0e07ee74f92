// SPDX-License-Identifier: Apache-2.0
// Says ahead that an idle kernel is going to be stopped, and afterwards what was stopped.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { URLExt } from '@jupyterlab/coreutils';
import { type FileBrowser, IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ServerConnection } from '@jupyterlab/services';
import { type BoxPanel, type PanelLayout, Widget } from '@lumino/widgets';

import { fileName, IDLE, noteText, stopsAt, type StopNote } from './words.ts';

/** What the server tells; see python/spinnlab/idle_stops/handlers.py. */
interface Stops {
  kernel_s: number;
  notes: StopNote[];
}

const LOOK_MS = 10_000;

async function ask(app: JupyterFrontEnd, method: string, query = ''): Promise<Response> {
  const settings = app.serviceManager.serverSettings;
  const url = URLExt.join(settings.baseUrl, 'api/spinnlab/stops') + query;
  const response = await ServerConnection.makeRequest(url, { method }, settings);
  if (!response.ok) throw new ServerConnection.ResponseError(response);
  return response;
}

/** A line with a button, above whatever it is put. */
function line(text: string, label: string, press: () => void): Widget {
  const widget = new Widget();
  widget.addClass('spinnlab-Idle');
  widget.node.setAttribute('role', 'status');
  const words = document.createElement('span');
  words.textContent = text;
  const button = document.createElement('button');
  button.textContent = label;
  button.addEventListener('click', press);
  widget.node.append(words, button);
  return widget;
}

/** Above the list of files: what was stopped, until the person has read it. */
function showNotes(app: JupyterFrontEnd, files: FileBrowser, notes: StopNote[]): void {
  const last = notes.at(-1);
  if (last === undefined) return;
  const widget = line(notes.map(noteText).join('\n'), IDLE.read, () => {
    widget.dispose();
    ask(app, 'DELETE', `?until=${last.unix_s}`).catch(error => console.warn(error));
  });
  widget.addClass('spinnlab-Idle-notes');
  (files.layout as PanelLayout).insertWidget(0, widget);
}

/** The lines above notebooks whose kernels are going to be stopped. */
class Warnings {
  private readonly app: JupyterFrontEnd;
  private readonly limit_s: number;
  private readonly shown = new Map<NotebookPanel, Widget>();

  constructor(app: JupyterFrontEnd, limit_s: number) {
    this.app = app;
    this.limit_s = limit_s;
  }

  look(panels: Iterable<NotebookPanel>): void {
    const models = new Map([...this.app.serviceManager.kernels.running()].map(one => [one.id, one]));
    for (const panel of panels) {
      const model = models.get(panel.sessionContext.session?.kernel?.id ?? '');
      const since = model?.last_activity;
      const at =
        since === undefined || model?.execution_state !== 'idle'
          ? undefined
          : stopsAt(Date.parse(since), this.limit_s, Date.now());
      if (at === undefined) this.hide(panel);
      else if (!this.shown.has(panel)) this.show(panel, at);
    }
  }

  private show(panel: NotebookPanel, at: Date): void {
    const widget = line(IDLE.warning(fileName(panel.context.path), at), IDLE.keep, () => {
      this.hide(panel);
      // What the server counts as use; it leaves no trace in the notebook.
      panel.sessionContext.session?.kernel?.requestExecute({
        code: '',
        silent: true,
        store_history: false,
      });
    });
    this.shown.set(panel, widget);
    panel.disposed.connect(() => this.shown.delete(panel));
    const header = panel.contentHeader as BoxPanel;
    header.insertWidget(0, widget);
    // Lumino gives a widget the least height that its style names; the text may need two lines.
    window.requestAnimationFrame(() => {
      widget.node.style.minHeight = `${widget.node.scrollHeight}px`;
      header.fit();
    });
  }

  private hide(panel: NotebookPanel): void {
    this.shown.get(panel)?.dispose();
    this.shown.delete(panel);
  }
}

async function begin(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker | null,
  files: FileBrowser | null
): Promise<void> {
  const stops = (await (await ask(app, 'GET')).json()) as Stops;
  if (files !== null) showNotes(app, files, stops.notes);
  if (notebooks === null || stops.kernel_s <= 0) return;
  const warnings = new Warnings(app, stops.kernel_s);
  const panels: NotebookPanel[] = [];
  window.setInterval(() => {
    panels.length = 0;
    notebooks.forEach(panel => panels.push(panel));
    warnings.look(panels);
  }, LOOK_MS);
}

export const idle: JupyterFrontEndPlugin<void> = {
  id: '@spinnlab/notebook:idle',
  description: 'Says which idle kernels are going to be stopped and which were.',
  autoStart: true,
  optional: [INotebookTracker, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker | null,
    files: IDefaultFileBrowser | null
  ): void => {
    // When the page can be used: nobody waits for it.
    void app.restored
      .then(() => begin(app, notebooks, files))
      .catch(error => console.warn('Idle kernels:', error));
  },
};
