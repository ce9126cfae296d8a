import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localHost } from '../test/fakes/localHost.ts';
import { convergeHost } from './converge.ts';
import { program } from './properties/program.ts';
import type { LocalFile, Phase, Step } from './types.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-upload-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (...names: readonly string[]) => join(folder, ...names);
const onHost = () => path('host', 'node');

/** A file here, as long as one that does not fit into a script. */
function localFile(text: string): LocalFile {
  writeFileSync(path('here'), text);
  return {
    from: path('here'),
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
  };
}

const programOf = (file: LocalFile): Step => program({ path: onHost(), file, mode: '0755', why: 'a test' });
const converge = (
  steps: readonly Step[],
  isDryRun = false,
  more: readonly Phase[] = [],
  host = localHost('docker', path('bin')),
) =>
  convergeHost(
    { host: 'docker', phases: [...more, { name: 'programs', steps }] },
    { open: async () => host },
    { isDryRun, narrate: () => undefined, operator: 'a test', lockFile: path('lock') },
  );
const changesIn = ({ phases }: Awaited<ReturnType<typeof converge>>) =>
  phases.flatMap(({ steps }) => steps.flatMap(({ changes }) => changes.map(({ kind }) => kind)));

const big = 'x\0\n'.repeat(1_000_000);

describe.runIf(userInfo().uid === 0)('a program', () => {
  test('arrives whole, and is not read again while nobody wrote to it', async () => {
    const step = programOf(localFile(big));
    expect(changesIn(await converge([step]))).toEqual(['upload']);
    expect(readFileSync(onHost(), 'utf8') === big).toBe(true);
    expect((statSync(onHost()).mode & 0o777).toString(8)).toBe('755');
    expect(readdirSync(path('host')).toSorted()).toEqual(['node', 'node.sum']);
    const again = await converge([step]);
    expect([changesIn(again), again.trips]).toEqual([[], 1]);
  });

  test('is not brought in a dry run', async () => {
    expect(changesIn(await converge([programOf(localFile(big))], true))).toEqual(['upload']);
    expect(() => statSync(onHost())).toThrow();
  });

  test('is replaced when it is another one, and when somebody wrote to it', async () => {
    await converge([programOf(localFile(big))]);
    const other = programOf(localFile('another'));
    expect(changesIn(await converge([other]))).toEqual(['upload']);
    writeFileSync(onHost(), 'another!');
    expect(changesIn(await converge([other]))).toEqual(['upload']);
    expect(readFileSync(onHost(), 'utf8')).toBe('another');
  });

  test('gets its mode back, and a stamp that was lost', async () => {
    const step = programOf(localFile('text'));
    await converge([step]);
    chmodSync(onHost(), 0o600);
    expect(changesIn(await converge([step]))).toEqual(['run']);
    rmSync(`${onHost()}.sum`);
    expect(changesIn(await converge([step]))).toEqual(['run']);
    expect(changesIn(await converge([step]))).toEqual([]);
    expect((statSync(onHost()).mode & 0o777).toString(8)).toBe('755');
  });

  test('that was cut short on its way never takes its name', async () => {
    await converge([programOf(localFile('before'))]);
    const file = { ...localFile(big), bytes: big.length };
    writeFileSync(path('here'), big.slice(0, -1000));
    await expect(converge([programOf(file)])).rejects.toMatchObject({
      code: 'remote-command-failed',
      cause: expect.stringContaining('cut short'),
    });
    expect(readFileSync(onHost(), 'utf8')).toBe('before');
    expect(readdirSync(path('host')).toSorted()).toEqual(['node', 'node.sum']);
  });

  test('that does not fit is refused with its path and sizes, and leaves nothing', async () => {
    mkdirSync(path('bin'));
    writeFileSync(path('bin', 'df'), '#!/bin/sh\necho Avail\necho 4711\n', { mode: 0o755 });
    await expect(converge([programOf(localFile(big))])).rejects.toMatchObject({
      code: 'disk-too-small',
      message: `${onHost()} of ${big.length} bytes does not fit on docker`,
      cause: expect.stringContaining('4711 bytes are free'),
    });
    expect(readdirSync(path('host'))).toEqual([]);
  });

  test('that fails does so after the phases before it', async () => {
    mkdirSync(path('bin'));
    writeFileSync(path('bin', 'df'), '#!/bin/sh\necho 0\n', { mode: 0o755 });
    const earlier: Step = {
      name: 'earlier',
      why: 'a test',
      asks: [{ kind: 'file', path: path('earlier') }],
      diff: (facts) =>
        facts.file(path('earlier')) ? [] : [{ kind: 'run', what: 'touch', run: ['touch', path('earlier')] }],
    };
    const failing = converge([programOf(localFile(big))], false, [{ name: 'first', steps: [earlier] }]);
    await expect(failing).rejects.toMatchObject({ code: 'disk-too-small' });
    expect(statSync(path('earlier')).isFile()).toBe(true);
  });

  test('leaves nothing of an upload that was interrupted before', async () => {
    mkdirSync(path('host'));
    writeFileSync(path('host', '.node.0123456789ab.sla-upload'), 'half');
    await converge([programOf(localFile('text'))]);
    expect(readdirSync(path('host')).toSorted()).toEqual(['node', 'node.sum']);
  });
});
