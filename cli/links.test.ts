import { expect, test } from 'vitest';
import { brokenLinksOf } from './links.ts';

const pages = [
  { path: 'README.md', text: '# SLA Lab\n## Two commands\n' },
  {
    path: 'docs/architecture.md',
    text: '# Architecture\n## The `up` command, step by step\n## Été à Paris\n',
  },
];
const files = new Set(['README.md', 'LICENSE', 'docs/architecture.md', 'docs/runbooks', 'docs/picture.svg']);

const broken = (path: string, text: string): readonly string[] =>
  brokenLinksOf({ path, text }, pages, (target) => files.has(target));

test.each([
  ['README.md', '[a](docs/architecture.md) and [b](LICENSE)'],
  ['README.md', '![a picture](docs/picture.svg)'],
  ['README.md', '[a folder](docs/runbooks)'],
  ['README.md', '[code](docs/architecture.md#the-up-command-step-by-step)'],
  ['README.md', '[accents](docs/architecture.md#été-à-paris)'],
  ['docs/architecture.md', '[up](../README.md#two-commands)'],
  ['docs/architecture.md', '[here](#architecture)'],
  ['README.md', '[outside](https://example.org/x) [mail](mailto:a@example.org)'],
  ['README.md', '`[not](a-link.md)`\n```\n[nor](this.md)\n```\n'],
])('in %s, %j leads somewhere', (path, text) => {
  expect(broken(path, text)).toEqual([]);
});

test.each([
  ['README.md', '[a](docs/absent.md)', 'README.md: docs/absent.md leads nowhere'],
  ['docs/architecture.md', '[a](README.md)', 'docs/architecture.md: README.md leads nowhere'],
  [
    'README.md',
    '[a](docs/architecture.md#nothing)',
    'README.md: docs/architecture.md has no heading nothing',
  ],
  [
    'docs/architecture.md',
    '[a](#nothing)',
    'docs/architecture.md: docs/architecture.md has no heading nothing',
  ],
  ['README.md', '[`code`](absent.md)', 'README.md: absent.md leads nowhere'],
])('in %s, %j is broken', (path, text, problem) => {
  expect(broken(path, text)).toEqual([problem]);
});
