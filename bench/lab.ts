import { join } from 'node:path';
import { outputOf, type Timed, timed } from './programs.ts';

/** A lab for measuring, beside a user's: own name, network and state folder. */
export class BenchLab {
  readonly checkout: string;
  readonly #env: NodeJS.ProcessEnv;
  static readonly name = 'bench';
  static readonly subnet = '10.76.0.0/24';

  constructor(checkout: string, env: NodeJS.ProcessEnv = {}) {
    this.checkout = checkout;
    this.#env = { ...process.env, SLA_STATE_DIR: join(checkout, '.sla/bench'), ...env };
  }

  /** Takes the time of one command, one word or two, from the bootstrap to the exit. */
  time(
    verb: string,
    { until, words = [] }: { until?: RegExp; words?: readonly string[] } = {},
  ): Promise<Timed> {
    // The figures are those of containers, whatever the processor offers.
    const made = verb === 'up' ? ['--substrate', 'container'] : [];
    return timed(['./sla', ...verb.split(' '), ...this.#flags, ...made, ...words], {
      cwd: this.checkout,
      env: this.#env,
      ...(until === undefined ? {} : { until }),
    });
  }

  /** Trimmed stdout of a command on a host. */
  on(host: string, ...words: readonly string[]): Promise<string> {
    const argv = ['./sla', 'ssh', ...this.#flags, host, ...words];
    return outputOf(argv, { cwd: this.checkout, env: this.#env });
  }

  /** Ids of the hosts, the mailbox, and the containers that run in the engines of app and docker. */
  async containerIds(): Promise<readonly string[]> {
    const list = ['docker', 'ps', '--quiet', '--no-trunc'];
    const outer = await outputOf([...list, '--filter', `label=sla.lab=${BenchLab.name}`]);
    const inner = await Promise.all(['app', 'docker'].map((host) => this.on(host, ...list)));
    return [outer, ...inner].flatMap((text) => text.split('\n')).filter(Boolean);
  }

  get #flags(): readonly string[] {
    return ['--lab', BenchLab.name, '--subnet', BenchLab.subnet];
  }
}
