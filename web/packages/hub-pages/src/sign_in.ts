// SPDX-License-Identifier: Apache-2.0
// The sign-in page: the machine beside the form, without names. The form needs no script.
import { byId } from '../../../shared/page.ts';
import { count, every, get, offerTab } from './page.ts';
import { draw, type Board } from './racks.ts';

type Machine = { problem?: string; machines: number[][]; at_work: number; boards: number };

const kinds: Board['kind'][] = ['free', 'work', 'dead'];

offerTab();
every(10_000, async () => {
  let machine: Machine;
  try {
    machine = await get<Machine>('api/lab/machine');
  } catch {
    return; // the form beside it works all the same
  }
  byId('now').hidden = Boolean(machine.problem);
  if (machine.problem) {
    return;
  }
  byId('now-text').textContent =
    `${count(machine.at_work)} of ${count(machine.boards)} boards at work.`;
  draw(
    byId('racks'),
    machine.machines.flat().map(kind => ({ kind: kinds[kind] ?? 'free' }))
  );
});
