// Every script of this folder, run against a server of its own.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { readDialogue, runDialogue } from '../support/smtp-dialogue.ts';

const files = globSync(join(import.meta.dirname, '*.dialogue')).sort();

test('there are scripts to run', () => assert.ok(files.length > 20));

for (const file of files) {
  test(`the dialogue ${basename(file, '.dialogue')} goes as written`, { timeout: 30_000 }, async () => {
    await runDialogue(readDialogue(file));
  });
}
