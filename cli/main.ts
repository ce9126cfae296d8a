import { runCli } from './cli.ts';

const outputs = [process.stdout, process.stderr];
// A reader that has seen enough, such as head, must not end a command half-way.
for (const stream of outputs) stream.on('error', () => undefined);

process.exitCode = await runCli(process.argv.slice(2));
// A long result may still be on its way to a reader that is slower: an exit would cut it off.
await Promise.all(outputs.map((stream) => new Promise<void>((done) => stream.write('', () => done()))));
// Sockets of a failed command may still be open; nothing is left to wait for.
process.exit();
