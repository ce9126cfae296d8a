import { expect, test } from 'vitest';
import { renderTable } from './table.ts';

test('seconds and memory are written in their own unit, and what was not measured says so', () => {
  const table = renderTable([
    { what: 'status', unit: 'seconds', values: [0.5, 0.7, 0.6], atMost: 1 },
    { what: 'cold', unit: 'seconds', values: [185.4], atMost: 360 },
    { what: 'memory', unit: 'mebibytes', values: [400.2, 410.6] },
    { what: 'never', unit: 'seconds', values: [] },
  ]);
  expect(table).toBe(
    `
| what   | at most   | median       | min       | max       | runs |
| ------ | --------- | ------------ | --------- | --------- | ---- |
| status | 1.00 s    | 0.60 s       | 0.50 s    | 0.70 s    | 3    |
| cold   | 6 min 0 s | 3 min 5 s    | 3 min 5 s | 3 min 5 s | 1    |
| memory |           | 405 MiB      | 400 MiB   | 411 MiB   | 2    |
| never  |           | not measured |           |           | 0    |`.trim(),
  );
});
