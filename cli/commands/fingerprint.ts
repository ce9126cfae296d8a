import { existsSync } from 'node:fs';
import type { Command } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import { digestOf } from '../../core/fingerprint/digest.ts';
import { keepFingerprint } from '../../core/fingerprint/keep.ts';
import { totalOf } from '../../core/fingerprint/sums.ts';
import type { Context } from '../context.ts';
import { fingerprintPath, live, withLive } from '../fingerprints.ts';

export const fingerprint: Command<Context> = {
  name: 'fingerprint',
  summary: 'take the exact state of both stores, small enough to keep, and keep it under a name',
  example: 'fingerprint before-lunch',
  changesState: false,
  arguments: [{ name: 'name', description: 'the instant, unless named', isOptional: true }],
  run: async (context, given) => {
    const name = nameOf(given.arguments.name as string | undefined);
    const folder = fingerprintPath(context, name);
    if (existsSync(folder)) {
      throw new SlaError('usage', `a fingerprint named "${name}" is kept already`, {
        remedy: 'choose another name',
      });
    }
    return withLive(context, async (kept) => {
      await keepFingerprint(folder, kept);
      const { postgres, redis } = kept.fingerprint;
      const tables = postgres.tables.map((table) => ({
        table: table.name,
        rows: totalOf(table.buckets).rows,
      }));
      const digest = digestOf(kept.fingerprint);
      const contents = [
        ...tables.map(({ table, rows }) => `${table} ${rows} rows`),
        `redis ${redis.keys.length} keys`,
      ];
      return {
        result: { name, digest, tables, redisKeys: redis.keys.length, folder },
        text: `fingerprint ${name}: ${digest}\n  ${contents.join(', ')}\nNext: ./sla certify ${name} ${live}`,
      };
    });
  },
};

function nameOf(asked: string | undefined): string {
  const name = asked ?? new Date().toISOString().replaceAll(':', '-');
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) && name !== live && !name.endsWith('.new')) return name;
  throw new SlaError('usage', `"${name}" is no name for a fingerprint`, {
    remedy: `use 1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-"; "${live}" stands for the running stores`,
  });
}
