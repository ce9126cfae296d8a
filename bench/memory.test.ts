import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryOf } from './memory.ts';

const mebibyte = 2 ** 20;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sla-memory-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function give(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(root, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, folder, name), text);
}

test('cgroup v1 is read with what lies below the group', () => {
  give('memory/docker/aa', {
    'memory.stat': `rss 1\ntotal_rss ${30 * mebibyte}\ntotal_inactive_file ${20 * mebibyte}\n`,
    'memory.usage_in_bytes': `${70 * mebibyte}\n`,
  });
  expect(memoryOf(['aa'], root)).toEqual({ resident: 30, used: 50 });
});

test('cgroup v2 is read with either driver, and containers add up', () => {
  const files = {
    'memory.stat': `anon ${10 * mebibyte}\ninactive_file ${5 * mebibyte}\n`,
    'memory.current': `${20 * mebibyte}\n`,
  };
  give('docker/aa', files);
  give('system.slice/docker-bb.scope', files);
  expect(memoryOf(['aa', 'bb'], root)).toEqual({ resident: 20, used: 30 });
});

test('a container that counts below its host is not counted twice', () => {
  expect(memoryOf(['inner'], root)).toEqual({ resident: 0, used: 0 });
});
