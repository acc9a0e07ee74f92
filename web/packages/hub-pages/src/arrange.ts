// SPDX-License-Identifier: Apache-2.0
// Which board stands in which frame of which cabinet: as spallocd fills racks, one after the other.

export const boardsAFrame = 24;
export const framesACabinet = 5;

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
