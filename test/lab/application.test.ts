import { describe, expect, it } from 'vitest';
import { slaJson, testLab } from './lab.ts';

interface Status {
  readonly hosts: readonly { readonly name: string; readonly reachable: boolean }[];
  readonly components: readonly { readonly name: string; readonly up: boolean }[];
  readonly urls: Readonly<Record<'vote' | 'result' | 'prometheus', string>>;
}

describe('a lab that is up', () => {
  it('shows every host and component up, and where they are', async () => {
    const status = await slaJson<Status>(testLab(), ['status']);
    expect(status.hosts).toEqual(
      ['app', 'db', 'docker'].map((name) => expect.objectContaining({ name, reachable: true })),
    );
    expect(status.components).toEqual(
      ['postgres', 'redis', 'worker', 'vote', 'result'].map((name) =>
        expect.objectContaining({ name, up: true }),
      ),
    );
    expect((await fetch(status.urls.vote)).status).toBe(200);
  });

  it('counts a vote', async () => {
    const { before, after } = await slaJson<{
      before: { a: number; b: number };
      after: { a: number; b: number };
    }>(testLab(), ['vote', 'A']);
    expect(after).toEqual({ a: before.a + 1, b: before.b });
  });
});
