import { expect, test } from 'vitest';
import { renderTimes } from './table.ts';

test('stages stand below each other with their times and the sum of this run', () => {
  const times = [
    { stage: 'Save', seconds: undefined },
    { stage: 'Replace db', seconds: 4.04 },
    { stage: 'Start', seconds: 12.5 },
  ];
  expect(renderTimes(times)).toBe(`  Save        done before
  Replace db     4.0 s
  Start         12.5 s
  together      16.5 s`);
});
