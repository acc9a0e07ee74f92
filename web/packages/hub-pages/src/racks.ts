// SPDX-License-Identifier: Apache-2.0
// Boards as they stand in the room: cabinets of five frames of 24 boards.
import { arrange } from './arrange.ts';
import { el } from './page.ts';

/** What a board is: free, out of service, or somebody's job with a colour and a title. */
export type Board = { kind: 'free' | 'dead' | 'work'; colour?: string; title?: string };

export function draw(into: HTMLElement, boards: Board[]): void {
  into.replaceChildren(
    ...arrange(boards).map((cabinet, number) =>
      el(
        'figure',
        { class: 'cabinets' },
        el('figcaption', {}, `Cabinet ${number + 1}`),
        el('div', { class: 'cabinet' }, ...cabinet.map(drawFrame))
      )
    )
  );
}

function drawFrame(frame: Board[]): HTMLElement {
  return el('div', { class: 'frame' }, ...frame.map(drawBoard));
}

function drawBoard(board: Board): HTMLElement {
  const drawn = el('i', board.kind === 'free' ? {} : { class: board.kind });
  if (board.colour) {
    drawn.style.background = board.colour;
  }
  if (board.title) {
    drawn.title = board.title;
  }
  return drawn;
}
