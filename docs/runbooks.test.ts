import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorCodes, runbookOf } from '../core/errors.ts';
import { checkoutPath } from '../core/state.ts';

const rules = join(checkoutPath, 'terraform/modules/prometheus/rules');

/** Runbooks that alerts name; some are those of error codes. */
const alerts = readdirSync(rules)
  .filter((file) => file.endsWith('.rules.yml'))
  .flatMap((file) => [
    ...readFileSync(join(rules, file), 'utf8').matchAll(/^ +runbook: docs\/runbooks\/(.+)\.md$/gm),
  ])
  .map(([, name = '']) => name);

const codes = Object.keys(errorCodes) as (keyof typeof errorCodes)[];
const headingsOf = (page: string, level: string): readonly string[] =>
  [...page.replaceAll(/```[\s\S]*?```/g, '').matchAll(new RegExp(`^${level} (.+)$`, 'gm'))].map(
    ([, heading]) => heading ?? '',
  );

const names = [...new Set([...codes, ...alerts])];

test.each(names)('the runbook of %s says what to see, check, do, verify, and do then', (name) => {
  const page = readFileSync(join(checkoutPath, 'docs/runbooks', `${name}.md`), 'utf8');
  expect(headingsOf(page, '#')).toEqual([name]);
  expect(headingsOf(page, '##')).toEqual(['Symptom', 'Check', 'Fix', 'Verify', 'If that fails']);
});

test.each(codes)('the runbook of %s names its exit status', (code) => {
  const page = readFileSync(join(checkoutPath, runbookOf(code)), 'utf8');
  expect(page).toContain(`\n\nExit status ${errorCodes[code].exit}: `);
});

test('no runbook is without a code or an alert', () => {
  const pages = readdirSync(join(checkoutPath, 'docs/runbooks')).map((file) => file.replace(/\.md$/, ''));
  expect(pages.toSorted()).toEqual(names.toSorted());
});
