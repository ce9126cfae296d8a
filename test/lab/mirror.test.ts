import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SlaError } from '../../core/errors.ts';
import { buildMissing, type ImageRecipe, presentImages, tagsOf } from '../../core/images.ts';
import { labImages } from '../../lab/images.ts';
import { machineMirror, namedMirror } from '../../lab/mirror.ts';

describe('a Debian mirror that answers 404 half-way', () => {
  let folder: string;
  let mirror: Server | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sla-mirror-'));
  });

  afterEach(() => {
    mirror?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is named with the address that failed, and leaves nothing half-made', async () => {
    mirror = await mirrorThatBreaks(folder, 12);
    const { port } = mirror.address() as AddressInfo;
    const recipe = freshly('debian', labImages(namedMirror(`http://127.0.0.1:${port}/debian`)));
    const work = join(folder, 'work');

    const failure = await buildMissing([recipe], await presentImages(), work, () => undefined).catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toBeInstanceOf(SlaError);
    expect(failure).toMatchObject({
      code: 'mirror-failed',
      exitStatus: 14,
      message: expect.stringMatching(
        new RegExp(
          `^image debian could not be built: http://127\\.0\\.0\\.1:${port}/debian\\S* cannot be downloaded$`,
        ),
      ),
      cause: expect.stringContaining('404'),
      remedy: expect.stringContaining('lab.debianMirror'),
    });
    expect(await presentImages()).not.toContain(tagsOf([recipe]).get('debian'));
    expect(readdirSync(work)).toEqual([]);
  });
});

/** A recipe whose tag no run ever made. */
function freshly(name: string, recipes: readonly ImageRecipe[]): ImageRecipe {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (!recipe) throw new Error(`no recipe is named ${name}`);
  return { ...recipe, inputs: [...(recipe.inputs ?? []), randomUUID()] };
}

/** Hands on this machine's own mirror, by apt's own way to it, for so many files; then every answer is 404. */
async function mirrorThatBreaks(folder: string, files: number): Promise<Server> {
  const upstream = machineMirror();
  let handed = 0;
  const server = createServer((request, response) => {
    const file = join(folder, `file-${handed}`);
    const path = request.url ?? '';
    const from = path
      .replace(/^\/debian-security/, upstream?.security ?? '')
      .replace(/^\/debian/, upstream?.main ?? '');
    if (handed >= files || !download(from, file)) {
      response.writeHead(404).end();
      return;
    }
    handed += 1;
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function download(address: string, file: string): boolean {
  try {
    execFileSync('/usr/lib/apt/apt-helper', ['download-file', address, file], { stdio: 'ignore' });
    return existsSync(file);
  } catch {
    return false;
  }
}
