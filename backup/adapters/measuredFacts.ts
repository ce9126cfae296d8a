import { places } from '../../core/backupLayout.ts';
import type { Host } from '../../core/host.ts';
import { readDrills } from '../drill/records.ts';
import type { MeasuredFacts } from '../measures.ts';
import { parseSegment } from '../segments.ts';
import { readCuts } from './cutStore.ts';
import { pgbackrestRepository } from './pgbackrest.ts';

/** Reads on docker what `backupMeasures` counts; db is not asked. Errors: those of pgBackRest, `backup-key`. */
export async function readMeasuredFacts(docker: Host, nowMs: number): Promise<MeasuredFacts> {
  const [content, entries, drills, listed] = await Promise.all([
    pgbackrestRepository(docker).content(),
    readCuts(docker),
    readDrills(docker),
    docker.exec(['sh', '-eu', '-c', listScript, 'sh', places.repository, places.stream]),
  ]);
  const [free = '', used = '', ...names] = listed.stdout.split('\n');
  return {
    nowMs,
    content,
    cuts: entries.flatMap((entry) => ('cut' in entry ? [entry.cut] : [])),
    drills,
    disk: { freeBytes: Number(free), repositoryBytes: Number(used) },
    stream: names.filter((name) => parseSegment(name) !== undefined),
  };
}

const listScript = `df --output=avail -B1 "$1" | tail -n 1 | tr -d ' '; du -sb "$1" | cut -f 1; ls "$2"`;
