import { type Component, components } from '../core/application.ts';
import type { Host } from '../core/host.ts';
import { quoteArgv } from '../core/shell.ts';

/** Starts, in dependency order, what of the application is not running on a host; a no-op otherwise. */
export async function startComponents(host: Host): Promise<readonly string[]> {
  const here = components.filter((component) => component.host === host.name);
  const script = here.map(startLine).join('\n');
  const { stdout } = await host.exec(['sh', '-eu', '-c', script]);
  return stdout.split('\n').filter(Boolean);
}

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
