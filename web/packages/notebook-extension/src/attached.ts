// SPDX-License-Identifier: Apache-2.0
// One execution that this page did not ask for, shown in a cell as if it had.

/** What the server says of an execution: `Execution.for_page` in python/spinnlab/kept_outputs. */
export interface Execution {
  msg_id: string;
  cell_id: string;
  code: string;
  state: 'queued' | 'running' | 'finished';
  execution_count: number | null;
  messages: { msg_type: string; content: object }[];
}

/** A message of the kernel to everybody, as far as it matters here. */
export interface Message {
  header: { msg_id?: string; msg_type: string };
  parent_header: { msg_id?: string };
  content: { execution_state?: string; execution_count?: number | null };
}

/** What is needed of a code cell. */
export interface Cell {
  id: string;
  source: string;
  /** Clears the outputs; returns where messages go from now on. */
  listen(): (message: Message) => void;
  setRunning(): void;
  setDone(count: number | null): void;
}

/**
 * The cell of each execution: by its id, else, as in notebooks of before format 4.5, the first
 * one with the same code that no other execution has.
 */
export function place<C extends { id: string; source: string }>(
  executions: readonly Execution[],
  cells: readonly C[]
): Map<Execution, C> {
  const found = new Map<Execution, C>();
  const free = new Set(cells);
  for (const execution of executions) {
    const cell = cells.find(one => one.id === execution.cell_id);
    if (cell && free.delete(cell)) {
      found.set(execution, cell);
    }
  }
  for (const execution of executions) {
    if (!found.has(execution)) {
      const cell = [...free].find(one => one.source === execution.code);
      if (cell) {
        free.delete(cell);
        found.set(execution, cell);
      }
    }
  }
  return found;
}

/** Follows one execution to its end. */
export class Attached {
  private readonly cell: Cell;
  private send: ((message: Message) => void) | null = null;
  private count: number | null;
  /** Whether the execution has ended. */
  isOver = false;

  constructor(cell: Cell, execution: Execution) {
    this.cell = cell;
    this.count = execution.execution_count;
    if (execution.state === 'queued') {
      cell.setRunning();
      return;
    }
    this.begin();
    for (const { msg_type, content } of execution.messages) {
      this.send?.({ header: { msg_type }, parent_header: {}, content } as Message);
    }
    if (execution.state === 'finished') {
      this.end();
    }
  }

  /** A further message of this execution. */
  take(message: Message): void {
    if (this.isOver) {
      return;
    }
    const kind = message.header.msg_type;
    if (kind === 'execute_input') {
      this.count = message.content.execution_count ?? this.count;
    }
    if (this.send === null && kind !== 'status' && kind !== 'update_display_data') {
      this.begin();
    }
    this.send?.(message);
    if (kind === 'status' && message.content.execution_state === 'idle') {
      this.end();
    }
  }

  private begin(): void {
    this.send = this.cell.listen();
    this.cell.setRunning();
  }

  private end(): void {
    this.isOver = true;
    this.cell.setDone(this.count);
  }
}
