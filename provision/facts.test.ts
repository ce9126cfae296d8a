import { describe, expect, it } from 'vitest';
import { questionsOf } from './asks.ts';
import { factsFrom, sectionsOf } from './facts.ts';

const ok = (output = '') => ({ status: 0, output });

describe('facts', () => {
  it('cuts the contents of files by their sizes in bytes, and skips what is no file', () => {
    const questions = questionsOf(['/a', '/dir', '/b', '/none'].map((path) => ({ kind: 'file', path })));
    const attributes =
      '3|644|root:root|regular file|/a\n40|755|root:root|directory|/dir\n4|600|u:g|regular file|/b';
    const contents = Buffer.from('é\nwxyz').toString('base64');
    const facts = factsFrom('db', questions, [ok(), ok(attributes), ok(contents), ok(), ok(), ok()]);
    expect(facts.file('/a')).toEqual({ text: 'é\n', mode: '0644', owner: 'root:root' });
    expect(facts.file('/b')).toEqual({ text: 'wxyz', mode: '0600', owner: 'u:g' });
    expect([facts.file('/dir'), facts.file('/none')]).toEqual([undefined, undefined]);
  });

  it('says so when a file grew between its size and its content', () => {
    const questions = questionsOf([{ kind: 'file', path: '/a' }]);
    const sections = [ok(), ok('1|644|root:root|regular file|/a'), ok(btoa('long')), ok(), ok(), ok()];
    expect(() => factsFrom('db', questions, sections)).toThrow('changed while it was read');
  });

  it('tells installed packages from removed ones', () => {
    const questions = questionsOf(['a', 'b', 'c'].map((name) => ({ kind: 'package', name })));
    const listed = 'a installed 1.2-3\nb config-files 1.0\ndpkg-query: no packages found matching c';
    const facts = factsFrom('db', questions, [ok(), ok(), ok(), ok(listed), ok(), ok()]);
    expect([facts.package('a'), facts.package('b'), facts.package('c')]).toEqual([
      '1.2-3',
      undefined,
      undefined,
    ]);
  });

  it('gives units in the order in which they were asked', () => {
    const questions = questionsOf(['a.service', 'b.timer'].map((name) => ({ kind: 'unit', name })));
    const shown =
      'Id=a.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=yes\n\n' +
      'Id=b.timer\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\nNeedDaemonReload=no';
    const facts = factsFrom('db', questions, [ok(), ok(), ok(), ok(), ok(shown), ok()]);
    expect(facts.unit('a.service')).toEqual({
      load: 'loaded',
      active: 'active',
      unitFile: 'enabled',
      needsReload: true,
    });
    expect(facts.unit('b.timer')).toMatchObject({ load: 'not-found', unitFile: '' });
  });

  it('stops at a systemd that does not answer', () => {
    const questions = questionsOf([{ kind: 'unit', name: 'a.service' }]);
    const refused = { status: 1, output: 'Failed to connect to bus: No such file or directory' };
    expect(() => factsFrom('db', questions, [ok(), ok(), ok(), ok(), refused, ok()])).toThrow(
      expect.objectContaining({ code: 'systemd-degraded' }),
    );
  });

  it('takes a step that reads what it did not ask for as a bug', () => {
    const facts = factsFrom('db', questionsOf([]), [ok(), ok(), ok(), ok(), ok(), ok()]);
    expect(() => facts.file('/a')).toThrow('without asking');
    expect(() => facts.command(['true'])).toThrow('without asking');
  });

  it('drops the answer that a broken connection cut off', () => {
    expect(sectionsOf('0\nwhole\x001\nha')).toEqual([ok('whole')]);
  });
});
