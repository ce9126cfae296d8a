import type { Argv } from '../../core/shell.ts';
import { declaredSettings } from '../declarations.ts';
import type { Change, Step } from '../types.ts';

export type RedisSettings = Readonly<Record<string, string>>;

/** Lines of a Redis configuration file. */
export const redisLines = (settings: RedisSettings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');

/**
 * Ensures the settings of the running Redis. It must come before the file that holds them: a Redis that starts
 * with `appendonly yes` and without an append-only file starts empty, whatever its snapshot holds. Switched on
 * while it runs, it writes the file first.
 */
export const redisRunsWith = (settings: RedisSettings): Step => {
  const read: Argv = ['redis-cli', '--raw', 'config', 'get', ...Object.keys(settings)];
  return {
    name: 'Redis runs with these settings',
    why: 'at most one second of votes may be lost, and none may be evicted',
    asks: [{ kind: 'command', argv: read }],
    declares: declaredSettings(settings),
    diff: (facts) => {
      const found = pairsOf(facts.command(read).stdout);
      const wrong = Object.entries(settings).filter(([name, value]) => found.get(name) !== value);
      return wrong.map(
        ([name, value]): Change => ({
          kind: 'run',
          what: `set ${name} of Redis to ${value}`,
          run: name === 'appendonly' ? ['sh', '-c', appendScript, 'sh', value] : setting(name, value),
        }),
      );
    },
  };
};

// redis-cli ends with status 0 even when Redis refuses.
const setting = (name: string, value: string): Argv => [
  'sh',
  '-c',
  'answer=$(redis-cli config set "$1" "$2"); echo "$answer"; [ "$answer" = OK ]',
  'sh',
  name,
  value,
];

const appendScript = `
answer=$(redis-cli config set appendonly "$1"); echo "$answer"; [ "$answer" = OK ] || exit 1
for _ in $(seq 600); do
  state=$(redis-cli info persistence)
  case $state in
    *aof_rewrite_in_progress:1*|*aof_rewrite_scheduled:1*) sleep 0.1 ;;
    *aof_last_bgrewrite_status:ok*) exit 0 ;;
    *) break ;;
  esac
done
echo "the append-only file was not written: $state"; exit 1`;

function pairsOf(output: string): ReadonlyMap<string, string> {
  const lines = output.split('\n');
  return new Map(lines.flatMap((name, index) => (index % 2 === 0 ? [[name, lines[index + 1] ?? '']] : [])));
}
