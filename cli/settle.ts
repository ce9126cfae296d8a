import { setTimeout as sleep } from 'node:timers/promises';
import type { HostName } from '../core/application.ts';
import { SlaError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { startComponents } from '../monitor/application.ts';
import type { Context } from './context.ts';

// A virtual machine whose processor is emulated takes minutes.
const bootDeadlineMs = { container: 120_000, vm: 600_000 };

/**
 * Waits until a host answers and its systemd has started everything, starts what of the application is not running
 * there, which it names, then prepares it. Errors: those of `openHost`, `systemd-degraded`.
 */
export async function settleHost(
  context: Context,
  name: HostName,
  narrate: (line: string) => void,
  prepare: (host: Host) => Promise<void>,
): Promise<readonly string[]> {
  const host = await openWhenUp(context, name);
  try {
    await insistOnBooted(host);
    // The delivered first start of vote and result is a unit of its own; other hosts have none.
    if (name === 'app') await host.exec(['sh', '-c', deliverContainers]);
    const started = await startComponents(host);
    if (started.length > 0) narrate(`started ${started.join(', ')}`);
    await prepare(host);
    return started;
  } finally {
    host.close();
  }
}

// A container that somebody removed is delivered again.
const deliverContainers = [
  '! systemctl is-active -q docker.service || docker inspect vote result >/dev/null 2>&1 || rm -f /var/lib/voting/installed',
  '! systemctl cat voting-setup.service >/dev/null 2>&1 || systemctl start voting-setup.service',
].join('\n');

/** A host that was just created refuses connections for a moment; a changed key or a refused login is final. */
async function openWhenUp(context: Context, name: HostName): Promise<Host> {
  const deadline = performance.now() + bootDeadlineMs[context.config.lab.substrate ?? 'container'];
  for (;;) {
    try {
      return await context.openHost(name, 2000);
    } catch (thrown) {
      const isEarly = thrown instanceof SlaError && thrown.code === 'host-unreachable';
      if (!isEarly || performance.now() > deadline) throw thrown;
      await sleep(100);
    }
  }
}

async function insistOnBooted(host: Host): Promise<void> {
  const { stdout } = await host.query(['systemctl', 'is-system-running', '--wait']);
  const state = stdout.trim();
  if (state === 'running') return;
  const failed = await host.query(['systemctl', '--failed', '--no-legend', '--plain']);
  // A client's unit may fail and still be none of our business: only a systemd that is not there stops us.
  if (state === 'degraded') return;
  throw new SlaError('systemd-degraded', `systemd of ${host.name} is "${state}"`, {
    cause: failed.stdout.trim(),
  });
}
