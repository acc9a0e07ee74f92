// SPDX-License-Identifier: Apache-2.0
// Before a server ends, all its pages in this browser save what was changed: Jupyter Notebook has a
// page for each document, and the one with the button knows only its own.

type Word = 'save' | 'saving' | 'saved' | 'failed';

interface Message {
  word: Word;
  /** The page that speaks, or that is answered. */
  page: string;
  asker: string;
}

/** Other pages say within this time that they are there. */
const ANSWER_MS = 400;
/** And have saved within this one. */
const SAVED_MS = 20_000;

/** One page among those of the same server. */
export class Pages {
  private readonly channel: BroadcastChannel;
  private readonly save: () => Promise<void>;
  private readonly name = crypto.randomUUID();
  /** What the other pages last said to our own question. */
  private said = new Map<string, Word>();

  /** `server` is what all pages of one server have in common; `save` saves this page's documents. */
  constructor(server: string, save: () => Promise<void>) {
    this.save = save;
    this.channel = new BroadcastChannel(`spinnlab ${server}`);
    this.channel.onmessage = event => void this.hear(event.data as Message);
  }

  /** Saves here and in every other page. Rejects with what to do when one could not. */
  async saveAll(): Promise<void> {
    await this.save();
    this.said = new Map();
    this.say('save', this.name);
    await new Promise(resolve => setTimeout(resolve, ANSWER_MS));
    const began = Date.now();
    while ([...this.said.values()].includes('saving') && Date.now() - began < SAVED_MS) {
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    const unsaved = [...this.said.values()].filter(word => word !== 'saved').length;
    if (unsaved > 0) {
      throw new Error(
        `${unsaved} other ${unsaved === 1 ? 'page has' : 'pages have'} changes that could not be ` +
          'saved. Save or close them, then try again.'
      );
    }
  }

  close(): void {
    this.channel.close();
  }

  private say(word: Word, asker: string): void {
    this.channel.postMessage({ word, page: this.name, asker } satisfies Message);
  }

  private async hear({ word, page, asker }: Message): Promise<void> {
    if (word !== 'save') {
      if (asker === this.name) this.said.set(page, word);
      return;
    }
    this.say('saving', asker);
    try {
      await this.save();
      this.say('saved', asker);
    } catch {
      this.say('failed', asker);
    }
  }
}
