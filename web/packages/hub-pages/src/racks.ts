// SPDX-License-Identifier: Apache-2.0
// Boards as they stand in the room: cabinets of five frames of 24 boards.
import { el } from './page';

export const boardsAFrame = 24;
export const framesACabinet = 5;

/** What a board is: free, out of service, or somebody's job with a colour and a title. */
export type Board = { kind: 'free' | 'dead' | 'work'; colour?: string; title?: string };

/** The boards of a machine in frames, the frames in cabinets. */
export function arrange<T>(boards: T[]): T[][][] {
  const frames: T[][] = [];
  for (let at = 0; at < boards.length; at += boardsAFrame) {
    frames.push(boards.slice(at, at + boardsAFrame));
  }
  const cabinets: T[][][] = [];
  for (let at = 0; at < frames.length; at += framesACabinet) {
    cabinets.push(frames.slice(at, at + framesACabinet));
  }
  return cabinets;
}

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
