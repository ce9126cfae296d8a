import { expect, test } from 'vitest';
import type { Stage } from '../core/command.ts';
import { plainStages, stoppable } from './stages.ts';

const said: string[] = [];
const print = (line: string) => void said.push(line.replace(/\d+\.\d s/, 'N s'));
const stage = (title: string, run: Stage['run'] = async () => undefined): Stage => ({ title, run });

test('a line when a stage begins, when it says something, and when it ends', async () => {
  said.splice(0);
  await plainStages(print)([[stage('Hosts', async (narrate) => narrate('made app'))], [stage('A vote')]]);
  expect(said).toEqual(['· Hosts', '  Hosts: made app', '✓ Hosts  N s', '· A vote', '✓ A vote  N s']);
});

test('a failure lets the stages beside it end, and keeps the next group from starting', async () => {
  said.splice(0);
  const failing = stage('app', () => Promise.reject(new Error('no app')));
  const slow = stage('db', async (narrate) => {
    await new Promise((resolve) => setImmediate(resolve));
    narrate('started');
  });
  await expect(plainStages(print)([[failing, slow], [stage('next')]])).rejects.toThrow('no app');
  expect(said).toEqual(['· app', '· db', '✗ app  N s: no app', '  db: started', '✓ db  N s']);
});

test('an interrupt lets a group end, and keeps the next one from starting', async () => {
  said.splice(0);
  const controller = new AbortController();
  const interrupted = stage('Hosts', async () => controller.abort(new Error('interrupted')));
  const run = stoppable(plainStages(print), controller.signal)([[interrupted], [stage('A vote')]]);
  await expect(run).rejects.toThrow('interrupted');
  expect(said).toEqual(['· Hosts', '✓ Hosts  N s']);
});
