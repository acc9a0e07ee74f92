// SPDX-License-Identifier: Apache-2.0
// A person's share of the machine, as an administrator changes it: four numbers, all optional.

/** As the allocator has it; null: as much as there is. */
export type Quota = {
  boards: number | null;
  jobs: number | null;
  board_seconds: number | null;
  priority: number | null;
};
export type Quotas = {
  everybody: Quota;
  users: Record<string, { quota: Quota; in_use: { board_seconds: number } }>;
};
export type Typed = Record<keyof Quota, string>;

export const fields: readonly (keyof Quota)[] = ['boards', 'jobs', 'board_seconds', 'priority'];

/** What the fields show: nothing where there is no limit. */
export function shown(quota: Quota): Typed {
  const text = (value: number | null): string => (value === null ? '' : String(value));
  return {
    boards: text(quota.boards),
    jobs: text(quota.jobs),
    board_seconds: text(quota.board_seconds),
    priority: text(quota.priority)
  };
}

/** What was changed, null where a field was emptied; throws Error that says what is no number. */
export function changes(before: Quota, typed: Typed): Partial<Quota> {
  const was = shown(before);
  const found: Partial<Quota> = {};
  for (const field of fields) {
    const text = typed[field].trim();
    if (text === was[field]) {
      continue;
    }
    const value = Number(text);
    const whole = field === 'board_seconds' || Number.isInteger(value);
    if (text !== '' && (!Number.isFinite(value) || !whole || (value < 0 && field !== 'priority'))) {
      throw new Error(`"${text}" will not do for ${field.replace('_', '-')}.`);
    }
    found[field] = text === '' ? null : value;
  }
  return found;
}
