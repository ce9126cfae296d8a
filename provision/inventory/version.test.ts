import { expect, test } from 'vitest';
import { isNewerVersion } from './version.ts';

test.each([
  ['1.10', '1.9'],
  ['1:1.0', '2.0'],
  ['1.0-2', '1.0-1'],
  ['1.0', '1.0~rc1'],
  ['1.0+deb13u1', '1.0'],
  ['17.7-0+deb13u2', '17.7-0+deb13u1'],
  ['257.10-1', '257.9-1~deb13u1'],
  ['1.0a', '1.0'],
  ['1.0-1', '1.0~beta-9'],
])('%s is newer than %s, and not the other way round', (newer, older) => {
  expect([isNewerVersion(newer, older), isNewerVersion(older, newer)]).toEqual([true, false]);
});

test('a version is not newer than itself, nor than the same without a revision of 0', () => {
  expect(isNewerVersion('1:2.3-4', '1:2.3-4')).toBe(false);
  expect(isNewerVersion('2.3-0', '2.3')).toBe(false);
});
