import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readIfPresent } from './state.ts';
import { apply, destroy, lastVariables, plan, type Root, statePath, type Tool } from './terraform.ts';
import { doneMessage } from './terraformOutput.ts';

let folder: string;
let tool: Tool;
const root: Root = { name: 'lab', variables: { lab: 'sla', hosts: { app: { cpus: 1 } } } };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-terraform-test-'));
  tool = {
    state: { checkout: join(folder, 'checkout'), path: join(folder, 'state') },
    lab: 'sla',
    binary: join(folder, 'terraform'),
    cliConfigFile: join(folder, 'terraform.rc'),
  };
  put('checkout/terraform/lab/main.tf', '');
  put('checkout/terraform/modules/host/main.tf', '');
  put('terraform.rc', '');
  answer({});
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
}

interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly status?: number;
}

/** A Terraform that notes what it is asked, and answers each verb as told. */
function answer(answers: Readonly<Record<string, Answer>>): void {
  for (const [verb, { stdout = '', stderr = '', status = 0 }] of Object.entries(answers)) {
    put(`answers/${verb}.out`, stdout);
    put(`answers/${verb}.err`, stderr);
    put(`answers/${verb}.status`, String(status));
  }
  put(
    'terraform',
    `#!/bin/sh
echo "$*" >>${folder}/asked
env | grep -E '^(TF_|CHECKPOINT)' | sort >${folder}/env
cd ${folder}/answers 2>/dev/null || exit 0
cat "$2.out" 2>/dev/null
cat "$2.err" >&2 2>/dev/null
exit "$(cat "$2.status" 2>/dev/null || echo 0)"
`,
  );
  chmodSync(join(folder, 'terraform'), 0o755);
}

const verbs = (): readonly string[] =>
  (readIfPresent(join(folder, 'asked')) ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ')[1] ?? '');

const json = (...events: readonly object[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

const version = { '@level': 'info', '@message': 'Terraform 1.9.8', type: 'version' };
const created = {
  '@level': 'info',
  '@message': 'module.host["db"].docker_container.host: Creation complete after 2s [id=0123456789abcdef]',
  type: 'apply_complete',
};
const counted = {
  '@level': 'info',
  '@message': 'Apply complete! Resources: 8 added, 1 changed, 2 destroyed.',
  type: 'change_summary',
  changes: { add: 8, change: 1, import: 0, remove: 2, operation: 'apply' },
};
const planned = {
  ...counted,
  '@message': 'Plan: 8 to add',
  changes: { ...counted.changes, operation: 'plan' },
};
const diagnostic = (severity: string, summary: string, detail: string) => ({
  '@level': severity,
  '@message': `${severity}: ${summary}`,
  type: 'diagnostic',
  diagnostic: { severity, summary, detail },
});

const said: string[] = [];
const narrate = (line: string) => void said.push(line);
beforeEach(() => said.splice(0));

describe('a plan', () => {
  test('without changes is empty', async () => {
    answer({ plan: { stdout: 'No changes. Your infrastructure matches the configuration.\n' } });
    expect(await plan(tool, root)).toEqual({
      isEmpty: true,
      text: 'No changes. Your infrastructure matches the configuration.',
    });
  });

  test('with changes shows them, but not what was only looked at', async () => {
    answer({
      plan: {
        status: 2,
        stdout: `docker_network.lab: Refreshing state... [id=1]
module.x.data.docker_image.y: Reading...
module.x.data.docker_image.y: Read complete after 0s

  # docker_network.lab will be created
Plan: 1 to add, 0 to change, 0 to destroy.
`,
      },
    });
    expect(await plan(tool, root)).toEqual({
      isEmpty: false,
      text: '# docker_network.lab will be created\nPlan: 1 to add, 0 to change, 0 to destroy.',
    });
  });

  test('that fails is an error with what Terraform said', async () => {
    answer({ plan: { status: 1, stderr: 'Error: Invalid value for variable\n' } });
    await expect(plan(tool, root)).rejects.toMatchObject({
      code: 'terraform-failed',
      message: 'terraform plan of terraform/lab for lab sla failed',
      cause: 'Error: Invalid value for variable',
    });
  });
});

test('a part of a root is named by its addresses', async () => {
  const host = 'module.host["db"]';
  await apply(tool, root, () => undefined, { targets: [host], replace: [`${host}.docker_container.host`] });
  expect(readIfPresent(join(folder, 'asked'))).toContain(
    `-target=${host} -replace=${host}.docker_container.host -input=false`,
  );
});

describe('an apply', () => {
  test('tells each finished resource and counts the changes', async () => {
    answer({ apply: { stdout: json(version, planned, created, counted) } });
    expect(await apply(tool, root, narrate)).toMatchObject({ add: 8, change: 1, remove: 2 });
    expect(said).toEqual(['module.host["db"].docker_container.host created']);
  });

  test('that says nothing of changes made none', async () => {
    answer({ apply: { stdout: json(version) } });
    expect(await apply(tool, root, narrate)).toEqual({ add: 0, change: 0, remove: 0 });
  });

  test('passes over lines that are not events, like those of a crash', async () => {
    answer({ apply: { stdout: `{ not json\n{"a":1}\npanic: {\n\n${json(counted)}` } });
    expect(await apply(tool, root, narrate)).toMatchObject({ add: 8 });
  });

  test('that fails gives the errors of its diagnostics and leaves out its warnings', async () => {
    answer({
      apply: {
        status: 1,
        stdout: json(
          version,
          diagnostic('warning', 'Deprecated', 'use another'),
          diagnostic('error', 'Unable to create container', 'no such image: sla-lab/db'),
          diagnostic('error', 'Unable to create network', ''),
        ),
      },
    });
    await expect(apply(tool, root, narrate)).rejects.toMatchObject({
      code: 'terraform-failed',
      cause: 'Unable to create container\nno such image: sla-lab/db\nUnable to create network',
    });
  });

  test('that fails without a diagnostic gives stderr', async () => {
    answer({ apply: { status: 1, stderr: 'panic: runtime error\n' } });
    await expect(apply(tool, root, narrate)).rejects.toMatchObject({ cause: 'panic: runtime error' });
  });

  test('that finds the state locked says so, with the lock', async () => {
    const detail = 'resource temporarily unavailable\nLock Info:\n  ID:        8f1c\n  Who:       root@here';
    answer({
      apply: {
        status: 1,
        stdout: json(version, diagnostic('error', 'Error acquiring the state lock', detail)),
      },
    });
    await expect(apply(tool, root, narrate)).rejects.toMatchObject({
      code: 'terraform-locked',
      cause: expect.stringContaining('ID:        8f1c'),
    });
  });

  test('keeps its variables in a file that only its owner reads', async () => {
    await apply(tool, root, narrate);
    expect(lastVariables(tool, 'lab')).toEqual(root.variables);
    expect(lastVariables(tool, 'stack')).toBeUndefined();
  });

  test('takes nothing from the environment but what is ours', async () => {
    await apply(tool, root, narrate);
    const env = readFileSync(join(folder, 'env'), 'utf8');
    expect(env).toContain(`TF_CLI_CONFIG_FILE=${tool.cliConfigFile}\n`);
    expect(env).toContain(`TF_DATA_DIR=${join(tool.state.path, 'labs/sla/terraform-lab')}\n`);
  });
});

describe('a destroy', () => {
  test('without an earlier apply asks nothing', async () => {
    expect(await destroy(tool, 'lab', narrate)).toEqual({ add: 0, change: 0, remove: 0 });
    expect(verbs()).toEqual([]);
  });

  test('goes by the variables of the last apply', async () => {
    await apply(tool, root, narrate);
    writeFileSync(statePath(tool, 'lab'), '{}');
    answer({
      destroy: {
        stdout: json({ ...counted, changes: { add: 0, change: 0, remove: 9, operation: 'destroy' } }),
      },
    });
    expect(await destroy(tool, 'lab', narrate)).toMatchObject({ remove: 9 });
    expect(verbs()).toEqual(['init', 'apply', 'destroy']);
  });
});

describe('init', () => {
  const later = (path: string) => utimesSync(join(folder, path), new Date(), new Date(Date.now() + 60_000));

  test('is done once', async () => {
    await plan(tool, root);
    await plan(tool, root);
    expect(verbs()).toEqual(['init', 'plan', 'plan']);
  });

  test.each(['checkout/terraform/lab/main.tf', 'checkout/terraform/modules/host/main.tf', 'terraform.rc'])(
    'is done again after a change of %s',
    async (path) => {
      await plan(tool, root);
      later(path);
      await plan(tool, root);
      expect(verbs()).toEqual(['init', 'plan', 'init', 'plan']);
    },
  );

  test('forgets the lock file, which pins another source of the providers', async () => {
    put('checkout/terraform/lab/.terraform.lock.hcl', 'pins');
    await plan(tool, root);
    expect(existsSync(join(folder, 'checkout/terraform/lab/.terraform.lock.hcl'))).toBe(false);
  });

  test('that failed is tried again', async () => {
    answer({ init: { status: 1, stderr: 'no provider' } });
    await expect(plan(tool, root)).rejects.toMatchObject({ code: 'terraform-failed', cause: 'no provider' });
    answer({ init: { status: 0 } });
    expect((await plan(tool, root)).isEmpty).toBe(true);
  });
});

test.each([
  ['docker_network.lab: Creation complete after 2s [id=1]', 'docker_network.lab created'],
  ['docker_network.lab: Destruction complete after 0s', 'docker_network.lab removed'],
  ['docker_network.lab: Modifications complete after 1s [id=1]', 'docker_network.lab changed'],
  ['docker_network.lab: Creating...', undefined],
  ['Apply complete! Resources: 1 added', undefined],
])('"%s" is told as %s', (message, told) => {
  expect(doneMessage(message)).toBe(told);
});
