import { expect, test } from 'vitest';
import { defaultExclusions, isListed } from './exclusions.ts';

test('a setting is excluded by its whole name or by its beginning', () => {
  const { settings } = defaultExclusions;
  expect(['data_directory', 'recovery_target_time'].filter((name) => isListed(name, settings))).toHaveLength(
    2,
  );
  expect(isListed('data_directory_mode', settings)).toBe(false);
});
