// SPDX-License-Identifier: Apache-2.0
// What runs at the server, asked of the server itself: other pages and people without a page count.

import { type Kernel, KernelAPI, ServerConnection, SessionAPI, TerminalAPI } from '@jupyterlab/services';

import { fileName, type Work } from './words.ts';

/** So long a kernel may take to be started; until then the server cannot list it. */
const KERNEL_STARTS_MS = 10_000;

/** The server's kernels. Jupyter Server 2.21 answers with an error while one is being started. */
async function listKernels(settings: ServerConnection.ISettings): Promise<Kernel.IModel[]> {
  const began = Date.now();
  for (;;) {
    try {
      return await KernelAPI.listRunning(settings);
    } catch (reason) {
      const starting =
        reason instanceof ServerConnection.ResponseError && reason.response.status === 500;
      if (!starting || Date.now() - began > KERNEL_STARTS_MS) throw reason;
      await new Promise(resolve => setTimeout(resolve, 250));
    }
  }
}

/** Kernels and terminals of the server behind `settings`. Rejects when it does not answer. */
export async function lookAtServer(settings: ServerConnection.ISettings): Promise<Work> {
  const [kernels, sessions, terminals] = await Promise.all([
    listKernels(settings),
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
  const kernels = await listKernels(settings);
  const terminals = TerminalAPI.isAvailable() ? await TerminalAPI.listRunning(settings) : [];
  await Promise.all([
    ...kernels.map(kernel => KernelAPI.shutdownKernel(kernel.id, settings)),
    ...terminals.map(terminal => TerminalAPI.shutdownTerminal(terminal.name, settings)),
  ]);
}
