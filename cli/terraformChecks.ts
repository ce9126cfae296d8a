import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLocal } from '../core/local.ts';
import { dockerProvider, libvirtProvider } from '../core/providers/catalogue.ts';
import { ensureProviders } from '../core/providers/ensure.ts';
import { terraformEnvironment } from '../core/terraformEnvironment.ts';
import type { Check } from './check.ts';
import { type Context, terraformTool } from './context.ts';

/** Format of everything; validity and the own tests of each root and module. */
export async function terraformChecks(context: Context): Promise<readonly Check[]> {
  const { state, narrate } = context;
  const folder = join(state.checkout, 'terraform');
  const { binary } = terraformTool(context, '');
  const { cliConfigFile } = await ensureProviders({
    checkout: state.checkout,
    stateDir: state.path,
    terraform: binary,
    narrate,
    needed: [dockerProvider, libvirtProvider],
  });
  const modules = readdirSync(join(folder, 'modules')).map((name) => join('modules', name));
  return [
    {
      name: 'terraform fmt',
      run: () => complaint([binary, 'fmt', '-check', '-recursive', '-diff', folder], {}),
    },
    ...['lab', 'lab-vm', 'stack', ...modules].map(
      (place): Check => ({
        name: `terraform validate and test: ${place}`,
        run: () => validateAndTest(binary, cliConfigFile, join(folder, place)),
      }),
    ),
  ];
}

async function validateAndTest(
  binary: string,
  cliConfigFile: string,
  root: string,
): Promise<string | undefined> {
  const data = mkdtempSync(join(tmpdir(), 'sla-terraform-'));
  const env = terraformEnvironment(cliConfigFile, data);
  const chdir = `-chdir=${root}`;
  try {
    rmSync(join(root, '.terraform.lock.hcl'), { force: true });
    const initialised = await complaint(
      [binary, chdir, 'init', '-input=false', '-no-color', '-backend=false'],
      env,
    );
    if (initialised !== undefined) return initialised;
    const invalid = await complaint([binary, chdir, 'validate', '-no-color'], env);
    if (invalid !== undefined || !hasTests(root)) return invalid;
    return await complaint([binary, chdir, 'test', '-no-color'], env);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

const hasTests = (root: string): boolean =>
  [root, join(root, 'tests')].some(
    (folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.tftest.hcl')),
  );

async function complaint(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await runLocal(argv, { env });
  return exitCode === 0 ? undefined : `${stdout}${stderr}`;
}
