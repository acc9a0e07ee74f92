// SPDX-License-Identifier: Apache-2.0
// Chromium keeps its storage from frames of another site. JupyterLab takes that for a second window
// of the same workspace, changes to another one and meets the same again, without end. Here such a
// page gets a storage that lasts as long as it does.

const names = ['localStorage', 'sessionStorage'] as const;

/** The interface Storage without a disk below. */
export class MemoryStorage implements Storage {
  readonly #items = new Map<string, string>();
  [name: string]: unknown;

  get length(): number {
    return this.#items.size;
  }

  clear(): void {
    this.#items.clear();
  }

  getItem(key: string): string | null {
    return this.#items.get(String(key)) ?? null;
  }

  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }

  removeItem(key: string): void {
    this.#items.delete(String(key));
  }

  setItem(key: string, value: string): void {
    this.#items.set(String(key), String(value));
  }
}

/** Gives `page` a storage of each kind that it may not have. Returns which. */
export function replaceDeniedStorage(page: object): string[] {
  return names.filter((name) => {
    try {
      if ((page as Record<string, unknown>)[name] !== undefined) {
        return false;
      }
    } catch {
      // SecurityError: the browser denies it.
    }
    Object.defineProperty(page, name, { value: new MemoryStorage(), configurable: true });
    return true;
  });
}
