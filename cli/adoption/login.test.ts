import { expect, test } from 'vitest';
import { passwordSource } from './login.ts';

test('a password comes from the environment where nobody can be asked, prints as a secret, and may be missing', async () => {
  const password = await passwordSource({ SLA_ADOPT_PASSWORD: 'geheim' })();
  expect(password?.reveal()).toBe('geheim');
  expect(`${password}`).toBe('[secret]');
  expect(await passwordSource({})()).toBeUndefined();
});
