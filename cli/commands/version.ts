import { readFileSync } from 'node:fs';
import type { Command } from '../../core/command.ts';
import type { Context } from '../context.ts';

export const version: Command<Context> = {
  name: 'version',
  summary: 'print the version of the suite and of the Node it runs on',
  example: 'version --json',
  changesState: false,
  run: async ({ state }) => {
    const { version } = JSON.parse(readFileSync(`${state.checkout}/package.json`, 'utf8')) as {
      version: string;
    };
    return { result: { version, node: process.version }, text: `sla ${version}, Node ${process.version}` };
  },
};
