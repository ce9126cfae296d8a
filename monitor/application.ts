import { type Component, components, type Runtime } from '../core/application.ts';
import type { Host } from '../core/host.ts';
import { type Argv, quoteArgv } from '../core/shell.ts';

/** Starts, in dependency order, what of the application is not running on a host; a no-op otherwise. */
export async function startComponents(host: Host): Promise<readonly string[]> {
  const here = components.filter((component) => component.host === host.name);
  const script = here.map(startLine).join('\n');
  const { stdout } = await host.exec(['sh', '-eu', '-c', script]);
  return stdout.split('\n').filter(Boolean);
}

/**
 * Restarts, in dependency order, what keeps one database connection for good: after a database went away, such a
 * component ends, or goes on with a page that is frozen. `host` is app; gives the names of what it restarted.
 */
export async function restartDatabaseClients(host: Host): Promise<readonly string[]> {
  const clients = components.filter(
    (component) => component.host === host.name && component.needs.includes('postgres'),
  );
  for (const { runtime } of clients) await host.exec(restartArgv(runtime));
  return clients.map(({ name }) => name);
}

const restartArgv = (runtime: Runtime): Argv =>
  runtime.kind === 'unit' ? ['systemctl', 'restart', runtime.unit] : ['docker', 'restart', runtime.container];

/** One shell line that prints the component's name when it had to be started. */
function startLine({ name, runtime }: Component): string {
  if (runtime.kind === 'unit') {
    const unit = quoteArgv([runtime.unit]);
    return `systemctl -q is-active ${unit} || { systemctl start ${unit}; echo ${name}; }`;
  }
  const container = quoteArgv([runtime.container]);
  const isRunning = `[ "$(docker inspect -f '{{.State.Running}}' ${container})" = true ]`;
  return `${isRunning} || { docker start ${container} >/dev/null; echo ${name}; }`;
}
