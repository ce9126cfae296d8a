import type { Argv } from '../../core/shell.ts';
import { stanzaProgram } from '../backups/stanza.ts';
import type { Phase } from '../types.ts';
import { why } from './carried.ts';

const stanzaWords: ReadonlyMap<string, string> = new Map([
  ['missing', 'make the repository, or bring it back from app'],
  ['other', 'let the repository take up the new cluster of db'],
  ['foreign', 'set the repository of another cluster with the same identity aside, and make a new one'],
]);

const askStanza: Argv = [stanzaProgram, 'state'];

/**
 * Ensures a repository that fits the cluster of db, whichever it is. It needs both hosts with their ports open, so
 * that it comes when they are through. What it waits for meanwhile is no change.
 */
export const repositoryPhase: Phase = {
  name: 'repository',
  after: ['db'],
  steps: [
    {
      name: 'repository fits the cluster of db',
      why: why.repository,
      asks: [{ kind: 'command', argv: askStanza }],
      diff: (facts) => {
        const what = stanzaWords.get(facts.command(askStanza).stdout.trim());
        return what === undefined ? [] : [{ kind: 'run', what, run: [stanzaProgram, 'make'] }];
      },
    },
  ],
};
