import { describe, expect, test } from 'vitest';
import { containersFrom } from './containers.ts';
import { hidden, linesWithoutSecrets, withoutPasswords, withoutSecret } from './secrets.ts';

describe('a secret', () => {
  test.each([
    ['POSTGRES_PASSWORD', 'postgres', hidden('postgres')],
    ['API_KEY', 'abc', hidden('abc')],
    ['requirepass', '', ''],
    ['PORT', '80', '80'],
    ['DATABASE_URL', 'postgres://me:geheim@db/votes', `postgres://me:${hidden('geheim')}@db/votes`],
  ])('of %s %j is kept as %j', (name, value, kept) => {
    expect(withoutSecret(name, value)).toBe(kept);
  });

  test('is hidden in a command line, and equal ones look equal', () => {
    expect(withoutPasswords('serve --password=geheim --port 80')).toBe(
      `serve --password=${hidden('geheim')} --port 80`,
    );
    expect(hidden('a')).toBe(hidden('a'));
    expect(hidden('a')).not.toBe(hidden('b'));
  });

  test('is hidden in the text of a configuration file, and nothing else is', () => {
    const text = 'bind 0.0.0.0\nrequirepass geheim\n# requirepass foobared\nsave 60 1\n';
    expect(linesWithoutSecrets(text)).toEqual([
      'bind 0.0.0.0',
      `requirepass ${hidden('geheim')}`,
      '# requirepass foobared',
      'save 60 1',
    ]);
  });

  test('of a container is not kept, whatever its variable is called', () => {
    const inspected = {
      Name: '/app',
      Image: 'sha256:1',
      State: { Running: true },
      Config: {
        Image: 'app:1',
        User: '',
        Env: ['DB_PASSWORD=geheim', 'STRIPE=sk1live9876543210abcdefghijklmnopqrst', 'PORT=80'],
        Cmd: ['serve', '--token', 'geheim'],
        Entrypoint: null,
        Labels: null,
      },
      HostConfig: {
        Memory: 0,
        NanoCpus: 0,
        Privileged: false,
        NetworkMode: 'bridge',
        Binds: null,
        ExtraHosts: ['db:10.0.0.2'],
        CapAdd: null,
        RestartPolicy: { Name: '' },
        LogConfig: { Type: 'json-file', Config: {} },
        PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
      },
    };
    const found = containersFrom(`Error: no such container\n${JSON.stringify(inspected)}`);
    expect(JSON.stringify(found)).not.toMatch(/geheim|sk1live/);
    expect(found.app).toMatchObject({
      image: 'app:1',
      ports: '8080 to 80/tcp',
      restart: 'no',
      'env PORT': '80',
    });
  });
});
