import type { Step } from './step.ts';

/** Ensures that a Debian package is installed. */
export const installed = (name: string): Step => ({
  name: `${name} installed`,
  read: ['dpkg', '--status', name],
  diff: ({ stdout }) =>
    /^Status: (?:install|hold) ok installed$/m.test(stdout)
      ? []
      : [
          {
            what: `install ${name}`,
            run: [
              'env',
              'DEBIAN_FRONTEND=noninteractive',
              'apt-get',
              '-o',
              'DPkg::Lock::Timeout=60',
              'install',
              '--yes',
              '--no-install-recommends',
              name,
            ],
          },
        ],
});

/** Ensures that a systemd unit starts at boot. */
export const enabled = (unit: string): Step => ({
  name: `${unit} enabled at boot`,
  read: ['systemctl', 'is-enabled', unit],
  diff: ({ stdout }) =>
    stdout === 'enabled' ? [] : [{ what: `enable ${unit}`, run: ['systemctl', 'enable', unit] }],
});

/** Ensures that a systemd unit runs. */
export const active = (unit: string): Step => ({
  name: `${unit} active`,
  read: ['systemctl', 'is-active', unit],
  diff: ({ stdout }) =>
    stdout === 'active' ? [] : [{ what: `start ${unit}`, run: ['systemctl', 'start', unit] }],
});
