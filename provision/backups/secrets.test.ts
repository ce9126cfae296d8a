import { describe, expect, it } from 'vitest';
import { scramVerifier } from './secrets.ts';

describe('the verifier of a password', () => {
  it('has the form that PostgreSQL keeps', () => {
    const [, salt = '', keys = ''] = scramVerifier('pencil').split('$');
    expect(salt).toMatch(/^4096:[A-Za-z0-9+/]{22}==$/);
    expect(keys).toMatch(/^[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/);
  });

  it('is the same for the same password, another one for another, and does not hold it', () => {
    expect(scramVerifier('one')).toBe(scramVerifier('one'));
    expect(scramVerifier('one')).not.toBe(scramVerifier('two'));
    expect(scramVerifier('pencil')).not.toContain('pencil');
  });
});
