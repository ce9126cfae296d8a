import { SlaError } from '../core/errors.ts';

/** A label as it was asked for, or the instant. Error: `usage`. */
export function cutLabel(asked: string | undefined, nowMs: number): string {
  const label = asked ?? new Date(nowMs).toISOString().replaceAll(':', '-').replace('.', '-');
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(label) && label !== 'latest') return label;
  throw new SlaError('usage', `"${label}" is no label for a cut`, {
    remedy:
      'use 1 to 63 of A-Z, a-z, 0-9, ".", "_" and "-", beginning with a letter or a digit; "latest" is taken',
  });
}
