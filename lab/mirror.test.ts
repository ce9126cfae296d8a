import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineMirror, mirrorOf, namedMirror } from './mirror.ts';

const debian = { main: 'http://mirror.example/debian', security: 'http://mirror.example/debian-security' };

const deb822 = `Types: deb
# http://snapshot.example/archive/debian/20260101T000000Z
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

const oneLine = `deb http://mirror.example/debian trixie main contrib
deb-src http://source.example/debian trixie main
deb http://mirror.example/debian trixie-updates main
deb http://mirror.example/debian-security trixie-security main
`;

const vendorStanza = (address: string) =>
  `Types: deb\nURIs: ${address}\nSuites: trixie\nComponents: main\nSigned-By: /etc/apt/keyrings/vendor.gpg\n`;

describe('the mirror that apt uses', () => {
  test.each([
    ['paragraphs', deb822],
    ['lines', oneLine],
    ['options in brackets', oneLine.replaceAll('deb http', 'deb [arch=amd64 trusted=yes] http')],
    [
      'the key of Debian in brackets',
      oneLine.replaceAll('deb http', 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http'),
    ],
    ['slashes at the end', oneLine.replaceAll(/(debian\S*) /g, '$1/ ')],
    ['tabs and indentation', oneLine.replaceAll(/^deb /gm, ' deb\t')],
    ['small letters and a value on the next line', deb822.replaceAll('URIs: ', 'uris:\n ')],
    ['paragraphs that also name the sources', deb822.replaceAll('Types: deb', 'Types: deb deb-src')],
    ['paragraphs without a key', deb822.replaceAll(/^Signed-By.*\n/gm, '')],
  ])('is read from %s', (_, source) => {
    expect(mirrorOf([source])).toEqual(debian);
  });

  test('keeps its scheme, its port and its folder', () => {
    expect(mirrorOf(['deb https://cache.example:3142/ftp.example/debian trixie main'])).toEqual({
      main: 'https://cache.example:3142/ftp.example/debian',
      security: 'https://cache.example:3142/ftp.example/debian-security',
    });
  });

  test.each([
    [
      'another host',
      'deb http://security.example/debian-security trixie-security main',
      'http://security.example/debian-security',
    ],
    ['none', '', 'http://mirror.example/debian-security'],
    [
      'one in a comment',
      '# deb http://old.example/debian-security x main',
      'http://mirror.example/debian-security',
    ],
  ])('has its security archive from %s', (_, line, security) => {
    expect(mirrorOf([`deb http://mirror.example/debian trixie main\n${line}\n`])?.security).toBe(security);
  });

  test.each([
    ['nothing', ''],
    ['comments', oneLine.replaceAll(/^/gm, '# ')],
    ['sources of packages', oneLine.replaceAll(/^deb /gm, 'deb-src ')],
    ['paragraphs that are switched off', deb822.replaceAll('Types:', 'Enabled: no\nTypes:')],
    ['a disc', 'deb cdrom:[Debian 13]/ trixie main'],
    [
      'Ubuntu',
      'deb http://archive.ubuntu.example/ubuntu noble main universe\ndeb http://security.ubuntu.example/ubuntu noble-security main',
    ],
    ['a vendor with components of its own', 'deb https://vendor.example/linux/debian trixie stable'],
    [
      'a vendor with a key of its own',
      'deb [arch=amd64 signed-by=/etc/apt/keyrings/vendor.gpg] https://vendor.example/debian trixie main',
    ],
    ['a vendor in a paragraph', vendorStanza('https://vendor.example/debian')],
    ['a folder without suites', 'deb https://vendor.example/debian ./'],
  ])('is unknown from %s', (_, source) => {
    expect(mirrorOf([source])).toBeUndefined();
  });

  test('is Debian’s also where a vendor comes first', () => {
    expect(mirrorOf([vendorStanza('https://vendor.example/debian'), deb822])).toEqual(debian);
  });
});

test('a mirror that a team names has its security archive beside it', () => {
  expect(namedMirror('http://mirror.example/debian/')).toEqual(debian);
});

describe('on this machine', () => {
  let apt: string;
  beforeEach(() => {
    apt = mkdtempSync(join(tmpdir(), 'sla-apt-'));
    mkdirSync(join(apt, 'sources.list.d'));
  });
  afterEach(() => rmSync(apt, { recursive: true, force: true }));

  test.each(['sources.list', 'sources.list.d/debian.list', 'sources.list.d/debian.sources'])(
    'apt is asked in %s',
    (file) => {
      writeFileSync(join(apt, file), file.endsWith('.sources') ? deb822 : oneLine);
      expect(machineMirror(apt)).toEqual(debian);
    },
  );

  test.each(['debian.list.save', 'debian.sources.disabled', 'README'])(
    'a file that apt does not read, %s, does not count',
    (name) => {
      writeFileSync(join(apt, 'sources.list.d', name), oneLine);
      expect(machineMirror(apt)).toBeUndefined();
    },
  );

  test('without apt there is no mirror', () => {
    expect(machineMirror(join(apt, 'absent'))).toBeUndefined();
  });
});
