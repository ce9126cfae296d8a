import { describe, expect, test } from 'vitest';
import { pairAt, propertiesIn, releaseIn, sumsIn } from './pairs.ts';

describe('a pair', () => {
  test('is parted at its first separator, and a line without one has nothing behind it', () => {
    expect(pairAt('A=B=C', '=')).toEqual(['A', 'B=C']);
    expect(pairAt('alone', '=')).toEqual(['alone', '']);
  });

  test('of a property keeps an equals sign in its value', () => {
    expect(propertiesIn('Id=a.service\nExecStart=/bin/a --b=c\n').get('ExecStart')).toBe('/bin/a --b=c');
  });

  test('of a release loses its quotes', () => {
    expect(releaseIn('PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n')).toEqual(
      new Map([
        ['PRETTY_NAME', 'Debian GNU/Linux 13 (trixie)'],
        ['ID', 'debian'],
      ]),
    );
  });

  test('of a sum is found by its path, blanks and all', () => {
    expect(sumsIn('0a  /etc/a  b\n').get('/etc/a  b')).toBe('0a');
  });
});
