import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkoutPath } from '../../core/state.ts';
import { docker } from './lab.ts';

const folder = join(checkoutPath, 'terraform/modules/prometheus/rules');

/** The stage in which the image of Prometheus was built still has Debian's whole package. */
function imageWithPromtool(): string | undefined {
  const images = docker('images', '--all', '--quiet', '--filter', 'label=sla.image=packages').split('\n');
  return images.find((image) => {
    const words = [
      'run',
      '--rm',
      '--network=none',
      '--entrypoint=sh',
      image,
      '-c',
      'command -v promtool || true',
    ];
    return image !== '' && docker(...words) !== '';
  });
}

test('promtool finds the rules of backups right, and their tests pass', () => {
  const image = imageWithPromtool();
  if (image === undefined)
    throw new Error('no image has promtool: remove the image of Prometheus, and run "./sla up"');
  const words = ['run', '--rm', '--network=none', `--volume=${folder}:/rules:ro`, '--workdir=/rules'];
  const promtool = (...argv: readonly string[]) => docker(...words, '--entrypoint=promtool', image, ...argv);
  expect(promtool('check', 'rules', 'backups.rules.yml')).toContain('SUCCESS');
  expect(promtool('test', 'rules', 'backups.test.yml')).toContain('SUCCESS');
});
