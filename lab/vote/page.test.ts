import { expect, test } from 'vitest';
import { renderPage } from './page.ts';

const page = (vote?: string, a = 'Cats') =>
  String(renderPage({ options: { a, b: 'Dogs' }, containerId: 'f00', vote }));

test('the page offers both options and names its container', () => {
  expect(page()).toContain('name="vote" value="a"');
  expect(page()).toContain('name="vote" value="b"');
  expect(page()).toContain('Processed by container ID f00');
});

test('before a vote nothing is marked', () => {
  expect(page()).not.toContain('aria-pressed="true"');
});

test('only the chosen option is marked', () => {
  expect(page('b').match(/id="(\w)"[^>]*aria-pressed="true"/)?.[1]).toBe('b');
  expect(page('b').match(/aria-pressed="true"/g)).toHaveLength(1);
});

test('the name of an option is text, not markup', () => {
  const rendered = page('a', '<script>"&');
  expect(rendered).not.toContain('<script>"');
  expect(rendered).toContain('&lt;script&gt;&quot;&amp;');
});
