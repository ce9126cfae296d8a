import { describe, expect, test } from 'vitest';
import type { Engine, LabContainer } from './adapters/engine.ts';
import { type Inventory, inventoryOf, orphansOf, remove, withoutDiskImages } from './leftovers.ts';
import { diskToolImage, namesOf } from './remove.ts';

const labels = { 'sla.lab': 'sla', 'sla.checkout': '/c' };
const container = (name: string, changes: Partial<LabContainer> = {}): LabContainer => ({
  id: `id-${name}`,
  name,
  isRunning: true,
  image: 'sla-lab/app:1',
  labels,
  createdAt: 0,
  ...changes,
});
const lab: Inventory = {
  containers: [container('sla-app'), container('sla-db')],
  networks: [{ id: 'id-net', name: 'sla-net', subnets: [], labels }],
  volumes: [
    { name: 'sla-app-disk', labels },
    { name: 'sla-disks', labels },
  ],
};

/** A state file as Terraform writes it, with these ids in it. */
const stateWith = (...ids: readonly string[]): string =>
  JSON.stringify({
    version: 4,
    terraform_version: '1.9.8',
    resources: ids.map((id) => ({
      mode: 'managed',
      type: 'docker_container',
      name: 'host',
      instances: [{ index_key: 'app', attributes: { id, name: 'x' } }],
    })),
  });

describe('what an interrupted apply leaves', () => {
  test.each([
    ['no state was ever written', undefined],
    ['the state file is empty', ''],
    ['the state has no resources', stateWith()],
    ['the state has no list of resources', '{"version":4}'],
  ])('is all of it when %s', (_, state) => {
    expect(orphansOf(lab, state)).toEqual(lab);
  });

  test('is what the state does not list: containers and networks by id, volumes by name', () => {
    const state = stateWith('id-sla-app', 'id-net', 'sla-app-disk');
    expect(namesOf(orphansOf(lab, state))).toEqual(['sla-db', 'sla-disks']);
  });

  test('is also what Terraform was killed over, and would replace on a disk that was written to', () => {
    const state = JSON.parse(stateWith('id-sla-app', 'id-sla-db', 'id-net', 'sla-app-disk', 'sla-disks'));
    state.resources[1].instances[0].status = 'tainted';
    expect(namesOf(orphansOf(lab, JSON.stringify(state)))).toEqual(['sla-db']);
  });

  test('is nothing after an apply, but for the disk images, which are never its own', () => {
    const state = stateWith('id-sla-app', 'id-sla-db', 'id-net', 'sla-app-disk');
    expect(namesOf(orphansOf(withoutDiskImages(lab, 'sla'), state))).toEqual([]);
  });
});

describe('in an engine with other labs', () => {
  const removed: string[] = [];
  const foreign = { 'sla.lab': 'other', 'sla.checkout': '/c' };
  const engine = {
    containers: async () => [...lab.containers, container('other-app', { labels: foreign })],
    networks: async () => [...lab.networks, { id: 'x', name: 'bridge', subnets: [], labels: {} }],
    volumes: async () => [...lab.volumes, { name: 'other-disks', labels: foreign }],
    removeContainer: async (id: string) => void removed.push(id),
    removeNetwork: async (id: string) => void removed.push(id),
    removeVolume: async (name: string) => void removed.push(name),
  } satisfies Partial<Engine>;

  test('only what carries the label of this lab is looked at', async () => {
    expect(await inventoryOf(engine, 'sla')).toEqual(lab);
  });

  test('containers go before the networks and volumes they use, and names are told', async () => {
    expect(await remove(engine, lab)).toEqual(['sla-app', 'sla-db', 'sla-net', 'sla-app-disk', 'sla-disks']);
    expect(removed).toEqual(['id-sla-app', 'id-sla-db', 'id-net', 'sla-app-disk', 'sla-disks']);
  });
});

test.each([
  [
    'any host',
    [container('sla-db', { image: 'sla-lab/db:1', labels: { ...labels, 'sla.host': 'db' } })],
    'sla-lab/db:1',
  ],
  ['no mailbox', [container('sla-mailbox')], undefined],
  ['nothing', [], undefined],
])('the tools for disks come from %s', (_, containers, image) => {
  expect(diskToolImage(containers)).toBe(image);
});
