/**
 * The same steps on the same converged hosts, by `sla converge` and by Ansible in turn:
 * node bench/converge/ansible.ts ANSIBLE_PLAYBOOK [ROUNDS [FLAGS OF SLA…]]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { slaConfig } from '../../cli/config.ts';
import { createContext } from '../../cli/context.ts';
import { siteOf } from '../../cli/site.ts';
import { hostNames } from '../../core/application.ts';
import { checkoutPath, keyPath, knownHostsPath, stateFolder } from '../../core/state.ts';
import { readFacts } from '../../provision/converge.ts';
import { roleOf } from '../../provision/roles/roles.ts';
import { playbookFor } from './playbook.ts';
import { median } from './statistics.ts';

const [ansible = 'ansible-playbook', rounds = '10', ...slaFlags] = process.argv.slice(2);
const options = { lab: { type: 'string' }, subnet: { type: 'string' } } as const;
const { lab, subnet } = parseArgs({ args: slaFlags, options }).values;
const state = stateFolder();
const config = slaConfig.parse({ target: 'lab', lab: { name: lab, subnet } });
const silent = () => undefined;
const context = createContext(
  {
    state,
    isDryRun: true,
    narrate: silent,
    runStages: async () => undefined,
    signal: new AbortController().signal,
  },
  config,
  false,
);

const settings = `[defaults]
gathering = explicit
forks = 10
host_key_checking = True
[ssh_connection]
pipelining = True
`;

const folder = mkdtempSync(join(tmpdir(), 'sla-ansible-'));
try {
  const stepCount = await writePlaybook();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    ours.push(
      timed(
        process.execPath,
        [join(checkoutPath, 'cli/main.ts'), 'converge', ...slaFlags],
        'nothing to change',
      ),
    );
    theirs.push(timed(ansible, ['-i', 'inventory', 'playbook.yml'], 'changed=0'));
    process.stderr.write(
      `round ${round + 1}: ${ours.at(-1)?.toFixed(2)} s, Ansible ${theirs.at(-1)?.toFixed(2)} s\n`,
    );
  }
  const [converge, other] = [median(ours), median(theirs)];
  const result = { steps: stepCount, rounds: ours.length, converge, ansible: other, ratio: other / converge };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
process.exit();

async function writePlaybook(): Promise<number> {
  const site = await siteOf(context);
  const hosts = await Promise.all(
    hostNames.map(async (name) => {
      const host = await context.openHost(name);
      const role = roleOf(site, name);
      return { role, facts: await readFacts(host, role.phases) };
    }),
  );
  writeFileSync(join(folder, 'playbook.yml'), JSON.stringify(playbookFor(hosts, folder), null, 2));
  writeFileSync(join(folder, 'ansible.cfg'), settings);
  const ssh = `-o UserKnownHostsFile=${knownHostsPath(state)} -o ControlMaster=auto -o ControlPersist=600s`;
  writeFileSync(
    join(folder, 'inventory'),
    site.hosts
      .map(
        ({ name, address, user }) =>
          `${name} ansible_host=${address} ansible_user=${user} ansible_ssh_private_key_file=${keyPath(state, 'operator')} ansible_python_interpreter=/usr/bin/python3 ansible_ssh_common_args='${ssh}'\n`,
      )
      .join(''),
  );
  return hosts.reduce(
    (sum, { role }) => sum + role.phases.reduce((steps, phase) => steps + phase.steps.length, 0),
    0,
  );
}

/** Seconds of a run that must end well and say that nothing changed. */
function timed(program: string, words: readonly string[], proof: string): number {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(program, [...words], { cwd: folder, encoding: 'utf8' });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0 || !stdout.includes(proof))
    throw new Error(`${program} ended with ${status}\n${stdout}${stderr}`);
  return seconds;
}
