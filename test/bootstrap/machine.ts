import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const checkout = join(import.meta.dirname, '..', '..');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Run {
  readonly child: ChildProcess;
  /** What it has said on stderr so far. */
  narration(): string;
  readonly ended: Promise<Ended>;
}

/**
 * A throw-away copy of the bootstrap with a PATH of its own: real programs of the base system, and scripts in
 * place of everything that the bootstrap could install or start. An engine answers at a socket of its own.
 */
export class Machine implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), 'sla-bootstrap-'));
  readonly checkout = join(this.root, 'checkout');
  readonly dockerHost = `unix://${join(this.root, 'engine.sock')}`;
  readonly #bin = join(this.root, 'bin');
  readonly #calls = join(this.root, 'calls');
  readonly #engine = createServer((_request, response) => response.end('OK'));
  readonly #runs: Run[] = [];

  private constructor() {
    mkdirSync(this.#bin);
    for (const file of ['sla', 'bootstrap', 'package.json', 'package-lock.json', 'lab/package.json']) {
      cpSync(join(checkout, file), join(this.checkout, file), { recursive: true });
    }
    this.write('cli/main.ts', stubOfTheCli);
    this.write('terraform/providers/opentofu/go.mod', '');
    this.#giveNpmPackages();
    for (const program of ofTheBaseSystem) symlinkSync(pathOf(program), join(this.#bin, program));
    for (const program of required) this.fake(program, '');
    this.fake('terraform', `printf '{\\n  "terraform_version": "1.11.4"\\n}\\n'`);
    this.fake('id', 'echo 0');
    this.fake('dpkg', '');
    this.fake('dpkg-query', 'exit 1');
    this.fake('apt-cache', 'exit 1');
    this.fake('apt-get', '');
  }

  static async start(): Promise<Machine> {
    const machine = new Machine();
    await new Promise<void>((resolve) => {
      machine.#engine.listen(join(machine.root, 'engine.sock'), resolve);
    });
    return machine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#runs) this.signal({ child }, 'SIGKILL');
    await Promise.all(this.#runs.map((run) => run.ended));
    this.#engine.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  path(file: string): string {
    return join(this.checkout, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  write(file: string, content: string): void {
    mkdirSync(join(this.path(file), '..'), { recursive: true });
    writeFileSync(this.path(file), content);
  }

  /** Puts a script in the place of a program; it writes down each call. */
  fake(program: string, script: string): void {
    const path = join(this.#bin, program);
    rmSync(path, { force: true });
    writeFileSync(path, `#!${pathOf('bash')}\necho "${program} $*" >>${this.#calls}\n${script}\n`);
    chmodSync(path, 0o755);
  }

  /** `apt-get install` gives these programs, once the file `proceed` exists when `waiting`. */
  fakeApt(programs: readonly string[], { waiting = false } = {}): void {
    const wait = `until [[ -e ${join(this.root, 'proceed')} ]]; do sleep 0.05; done`;
    const give = programs.map((program) => `ln -sf ${pathOf('true')} ${join(this.#bin, program)}`);
    this.fake(
      'apt-get',
      `[[ " $* " == *" install "* ]] || exit 0\n${[...(waiting ? [wait] : []), ...give].join('\n')}`,
    );
  }

  proceed(): void {
    writeFileSync(join(this.root, 'proceed'), '');
  }

  remove(...programs: readonly string[]): void {
    for (const program of programs) rmSync(join(this.#bin, program), { force: true });
  }

  calls(program: string): readonly string[] {
    if (!existsSync(this.#calls)) return [];
    const lines = readFileSync(this.#calls, 'utf8').split('\n');
    return lines.filter((line) => line.startsWith(`${program} `));
  }

  sla(
    argv: readonly string[],
    { program = this.path('sla'), cwd = this.root, dockerHost = this.dockerHost } = {},
  ): Run {
    // A group of its own, as a terminal gives it: Ctrl-C reaches the script and the tool it waits for.
    const child = spawn(program, argv, {
      cwd,
      detached: true,
      env: { PATH: this.#bin, HOME: this.root, DOCKER_HOST: dockerHost },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (status) => resolve({ status, stdout, stderr }));
    });
    const run = { child, ended, narration: () => stderr };
    this.#runs.push(run);
    return run;
  }

  signal({ child }: Pick<Run, 'child'>, signal: NodeJS.Signals): void {
    try {
      process.kill(-(child.pid ?? Number.NaN), signal);
    } catch {
      // It has ended.
    }
  }

  #giveNpmPackages(): void {
    mkdirSync(this.path('node_modules/node/bin'), { recursive: true });
    symlinkSync(join(checkout, 'node_modules/node/bin/node'), this.path('node_modules/node/bin/node'));
    this.write('node_modules/.package-lock.json', '{}');
    this.fake('npm', '[[ $1 != ci ]] || echo "{}" >node_modules/.package-lock.json');
  }
}

const ofTheBaseSystem = [
  ...['bash', 'cat', 'chmod', 'curl', 'date', 'dirname', 'env', 'flock', 'ln', 'ls', 'mkdir', 'mv', 'nice'],
  ...['readlink', 'rm', 'sed', 'sha256sum', 'sleep', 'tail', 'touch', 'uname'],
];
const required = ['docker', 'dockerd', 'iptables', 'mke2fs', 'mmdebstrap', 'node', 'openssl', 'ssh', 'xz'];

const stubOfTheCli = `console.log(JSON.stringify({
  argv: process.argv.slice(2), cwd: process.cwd(), callersCwd: process.env.SLA_CWD, node: process.version,
}));
`;

function pathOf(program: string): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const found = folders.map((folder) => join(folder, program)).find(existsSync);
  if (found === undefined) throw new Error(`this test needs the program ${program}`);
  return found;
}
