import { expect, it } from 'vitest';
import { changedLines } from './lines.ts';

it.each<[string, string, string, readonly string[]]>([
  ['nothing differs', 'a\n', 'a\n', []],
  ['a line was replaced', 'a\nb\n', 'a\nc\n', ['- b', '+ c']],
  ['a line was added', '', 'a\n', ['+ a']],
])('%s', (_, before, after, expected) => expect(changedLines(before, after)).toEqual(expected));

it('shows a handful of lines and says how many more there are', () => {
  const lines = changedLines('', Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n'));
  expect([lines.length, lines.at(-1)]).toEqual([9, '… 12 more lines']);
});
