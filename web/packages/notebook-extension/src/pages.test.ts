// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Pages } from './pages.ts';

test('every page of the server saves, and no page of another one', async () => {
  const saved: string[] = [];
  const page = (server: string, name: string) =>
    new Pages(server, async () => {
      await new Promise(resolve => setTimeout(resolve, 600));
      saved.push(name);
    });
  const pages = [page('/a', 'one'), page('/a', 'two'), page('/a', 'three'), page('/b', 'other')];
  await pages[0]!.saveAll();
  assert.deepEqual(saved.sort(), ['one', 'three', 'two']);
  for (const one of pages) one.close();
});

test('a page that cannot save stops the others from ending the server', async () => {
  const good = new Pages('/c', async () => {});
  const bad = new Pages('/c', async () => {
    throw new Error('disk full');
  });
  await assert.rejects(good.saveAll(), /1 other page has changes that could not be saved\. Save or close/);
  await assert.rejects(bad.saveAll(), /disk full/);
  good.close();
  bad.close();
});
