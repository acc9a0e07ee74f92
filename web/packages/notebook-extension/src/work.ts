// SPDX-License-Identifier: Apache-2.0
// What runs at the server, asked of the server itself: other pages and people without a page count.

import { KernelAPI, type ServerConnection, SessionAPI, TerminalAPI } from '@jupyterlab/services';

import { fileName, type Work } from './words.ts';

/** Kernels and terminals of the server behind `settings`. Rejects when it does not answer. */
export async function lookAtServer(settings: ServerConnection.ISettings): Promise<Work> {
  const [kernels, sessions, terminals] = await Promise.all([
    KernelAPI.listRunning(settings),
    SessionAPI.listRunning(settings),
    TerminalAPI.isAvailable() ? TerminalAPI.listRunning(settings) : [],
  ]);
  const names = new Map(sessions.map(s => [s.kernel?.id, fileName(s.path) || s.name]));
  const work: Work = { running: [], idle: [], terminals: terminals.length };
  for (const kernel of kernels) {
    const name = names.get(kernel.id) ?? `a kernel ${kernel.name}`;
    (kernel.execution_state === 'busy' ? work.running : work.idle).push(name);
  }
  return work;
}

/** Ends all kernels and terminals; their pages see it. */
export async function stopAll(settings: ServerConnection.ISettings): Promise<void> {
  const kernels = await KernelAPI.listRunning(settings);
  const terminals = TerminalAPI.isAvailable() ? await TerminalAPI.listRunning(settings) : [];
  await Promise.all([
    ...kernels.map(kernel => KernelAPI.shutdownKernel(kernel.id, settings)),
    ...terminals.map(terminal => TerminalAPI.shutdownTerminal(terminal.name, settings)),
  ]);
}
