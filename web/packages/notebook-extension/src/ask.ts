// SPDX-License-Identifier: Apache-2.0
// Puts a question in Jupyter's own dialog. Escape and the cross mean "stay".

import { Dialog, showDialog } from '@jupyterlab/apputils';

import type { Question } from './words.ts';

export type Answer = 'stay' | 'stop' | 'keep';

/** Shows the question; the answer that loses nothing has the focus. */
export async function ask(question: Question): Promise<Answer> {
  const buttons = [
    Dialog.cancelButton({ label: question.stay, actions: ['stay'] }),
    Dialog.warnButton({ label: question.stop, actions: ['stop'] }),
  ];
  if (question.keep) {
    buttons.push(Dialog.okButton({ label: question.keep, actions: ['keep'] }));
  }
  const result = await showDialog({
    title: question.title,
    body: question.body,
    buttons,
    defaultButton: question.keep ? 2 : 0,
  });
  return (result.button.actions[0] as Answer | undefined) ?? 'stay';
}
