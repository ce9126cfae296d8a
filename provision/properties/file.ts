import type { Argv } from '../../core/shell.ts';
import { declaredAbsent, declaredFile } from '../declarations.ts';
import { changedLines } from '../lines.ts';
import { type Content, Secret, textOf } from '../secret.ts';
import type { FileFact, Handler, PutChange, Step } from '../types.ts';

export interface FileSpec {
  readonly path: string;
  readonly content: Content;
  readonly why: string;
  /** Default 0644. */
  readonly mode?: string;
  /** Default root:root. */
  readonly owner?: string;
  /** Run with the new file in place; when it fails, the old one comes back. */
  readonly check?: Argv;
  readonly handlers?: readonly Handler[];
}

/** Ensures that a file has this content, mode and owner. */
export const file = ({ path, content, why, handlers, check, ...spec }: FileSpec): Step => {
  const mode = spec.mode ?? '0644';
  const owner = spec.owner ?? 'root:root';
  return {
    name: `file ${path}`,
    why,
    asks: [{ kind: 'file', path }],
    declares: [declaredFile(path, content, mode, owner)],
    ...(handlers ? { handlers } : {}),
    diff: (facts) => {
      const found = facts.file(path);
      if (found && found.text === textOf(content) && found.mode === mode && found.owner === owner) return [];
      const put: PutChange = {
        kind: 'put',
        what: `${found ? 'change' : 'write'} ${path}`,
        path,
        content,
        mode,
        owner,
        detail: detailOf(found, content, mode, owner),
      };
      return [check ? { ...put, check } : put];
    },
  };
};

/** Ensures that a file is not there. */
export const absent = (path: string, why: string, handlers: readonly Handler[] = []): Step => ({
  name: `no file ${path}`,
  why,
  asks: [{ kind: 'file', path }],
  declares: [declaredAbsent(path)],
  handlers,
  diff: (facts) =>
    facts.file(path) ? [{ kind: 'run', what: `remove ${path}`, run: ['rm', '-f', path] }] : [],
});

/** Ensures that a delivered file has a property, and leaves the rest of it as it is. */
export const edited = (
  name: string,
  spec: Pick<FileSpec, 'path' | 'why' | 'check' | 'handlers'>,
  edit: (text: string) => string,
): Step => ({
  name,
  why: spec.why,
  asks: [{ kind: 'file', path: spec.path }],
  declares: [{ kind: 'edit', path: spec.path, edit }],
  ...(spec.handlers ? { handlers: spec.handlers } : {}),
  diff: (facts) => {
    const found = facts.file(spec.path);
    const content = edit(found?.text ?? '');
    if (found?.text === content) return [];
    return file({ ...spec, content, mode: found?.mode ?? '0644', owner: found?.owner ?? 'root:root' }).diff(
      facts,
    );
  },
});

function detailOf(
  found: FileFact | undefined,
  content: Content,
  mode: string,
  owner: string,
): readonly string[] {
  const attributes =
    found && (found.mode !== mode || found.owner !== owner)
      ? [`${found.mode} ${found.owner} → ${mode} ${owner}`]
      : [];
  if (!found || content instanceof Secret) return attributes;
  return [...attributes, ...changedLines(found.text, content)];
}
