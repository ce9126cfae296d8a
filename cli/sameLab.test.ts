import { expect, test } from 'vitest';
import { commands } from './commands.ts';
import { forSameLab } from './sameLab.ts';

test.each([
  ['run "./sla up"', { lab: 'two' }, 'run "./sla up --lab two"'],
  ['./sla ssh db systemctl start x', { lab: 'two' }, './sla ssh --lab two db systemctl start x'],
  ['run "./sla up --lab two"', { lab: 'two' }, 'run "./sla up --lab two"'],
  ['see "./sla up --help"', { lab: 'two' }, 'see "./sla up --help"'],
  ['./sla down', { config: 'my lab.ts' }, "./sla down --config 'my lab.ts'"],
  ['run "./sla up"', {}, 'run "./sla up"'],
])('advice in %j for %j is %j', (text, flags, expected) => {
  expect(forSameLab(text, flags)).toBe(expected);
});

const ofNoLab = ['test', 'version'];

test.each(commands.map(({ name }) => name).filter((name) => !ofNoLab.includes(name)))(
  'advice to run %s names the lab that it is about',
  (name) => {
    expect(forSameLab(`./sla ${name}`, { lab: 'two' })).toBe(`./sla ${name} --lab two`);
  },
);
