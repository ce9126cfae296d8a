/** The three machines of the client. */
export const hostNames = ['app', 'db', 'docker'] as const;
export type HostName = (typeof hostNames)[number];

/** The five parts of the client's application. */
export const componentNames = ['postgres', 'redis', 'worker', 'vote', 'result'] as const;
export type ComponentName = (typeof componentNames)[number];

/** How a component runs on its host: a systemd unit, or a container of the host's own engine. */
export type Runtime =
  | { readonly kind: 'unit'; readonly unit: string }
  | { readonly kind: 'container'; readonly container: string };

export interface Component {
  readonly name: ComponentName;
  readonly host: HostName;
  readonly runtime: Runtime;
  /** TCP port on the host; none for the worker, which nobody connects to. */
  readonly port?: number;
  /** What must work before this component can: without the worker the pages answer, but no vote counts. */
  readonly needs: readonly ComponentName[];
}

/** In dependency order: a component stands after everything it needs. */
export const components: readonly Component[] = [
  { name: 'postgres', host: 'db', runtime: unit('postgresql@17-main.service'), port: 5432, needs: [] },
  { name: 'redis', host: 'db', runtime: unit('redis-server.service'), port: 6379, needs: [] },
  { name: 'worker', host: 'app', runtime: unit('worker.service'), needs: ['postgres', 'redis'] },
  { name: 'vote', host: 'app', runtime: container('vote'), port: 8080, needs: ['redis', 'worker'] },
  { name: 'result', host: 'app', runtime: container('result'), port: 8081, needs: ['postgres', 'worker'] },
];

export function componentOf(name: ComponentName): Component {
  const found = components.find((component) => component.name === name);
  if (!found) throw new Error(`no component is named ${name}`);
  return found;
}

/** The systemd unit of a component that is one. */
export function unitOf(name: ComponentName): string {
  const { runtime } = componentOf(name);
  if (runtime.kind === 'unit') return runtime.unit;
  throw new Error(`${name} is a container`);
}

/** Whether a unit in this ActiveState of systemd serves: one that takes over new settings still does. */
export const isServing = (activeState: string): boolean =>
  ['active', 'reloading', 'refreshing'].includes(activeState);

/** Everything that cannot do its work when `name` is down, nearest first. */
export function dependentsOf(name: ComponentName): readonly ComponentName[] {
  const direct = components.filter(({ needs }) => needs.includes(name)).map((component) => component.name);
  return [...new Set([...direct, ...direct.flatMap(dependentsOf)])];
}

function unit(name: string): Runtime {
  return { kind: 'unit', unit: name };
}

function container(name: string): Runtime {
  return { kind: 'container', container: name };
}
