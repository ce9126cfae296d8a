import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ImageRecipe, tagsOf } from '../core/images.ts';
import { stackImageNames, stackImages } from './images.ts';

const debian = (input: string): ImageRecipe => ({
  name: 'debian',
  from: {},
  sources: [],
  inputs: [input],
  build: async () => {},
});

test('another base gives every image another tag', () => {
  const before = tagsOf([debian('trixie'), ...stackImages]);
  const after = tagsOf([debian('forky'), ...stackImages]);
  for (const name of stackImageNames) {
    expect(before.get(name)).toMatch(new RegExp(`^sla-lab/${name}:[0-9a-f]{12}$`));
    expect(after.get(name)).not.toBe(before.get(name));
  }
});

test.each(stackImages)(
  'image $name starts no service while it is made, and does not run as root',
  ({ sources }) => {
    const dockerfile = sources.map((path) => readFileSync(path, 'utf8')).join();
    expect(dockerfile).toContain('policy-rc.d');
    expect(dockerfile).toMatch(/^USER 65534:65534$/m);
  },
);
