import { expect, test } from 'vitest';
import { renderPage } from './page.ts';

test('the name of an option is text, not markup', () => {
  const rendered = String(renderPage({ a: '<b>Cats', b: 'Dogs & co' }));
  expect(rendered).not.toContain('<b>Cats');
  expect(rendered).toContain('&lt;b&gt;Cats');
  expect(rendered).toContain('Dogs &amp; co');
});

test('nothing on the page comes from another host', () => {
  expect(String(renderPage({ a: 'Cats', b: 'Dogs' }))).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
});
