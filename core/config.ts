import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { SlaError } from './errors.ts';
import { nearest } from './nearest.ts';

/** One mistake in a configuration: where, what, and the key that was probably meant. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Every mistake of `value` against `schema`, all at once. */
export function problemsOf(schema: z.ZodType, value: unknown): readonly Problem[] {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : parsed.error.issues.flatMap((issue) => problemsOfIssue(schema, issue));
}

/** Loads a configuration file. Throws `config-invalid` with every problem. */
export async function loadConfig<S extends z.ZodType>(schema: S, file: string): Promise<z.output<S>> {
  const value = await importDefault(file);
  const problems = problemsOf(schema, value);
  if (problems.length === 0) return schema.parse(value);
  throw new SlaError(
    'config-invalid',
    `${file} has ${problems.length} mistake${problems.length > 1 ? 's' : ''}`,
    {
      cause: problems.map(({ path, message }) => `${path}: ${message}`).join('\n'),
      remedy: 'correct them; every setting is described in docs/reference/config.md',
    },
  );
}

async function importDefault(file: string): Promise<unknown> {
  const { default: value } = await importFile(file);
  if (value !== undefined) return value;
  throw new SlaError('config-invalid', `${file} exports nothing by default`, {
    remedy: 'let it say "export default defineConfig({ … });"; the one of the checkout is an example',
  });
}

async function importFile(file: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (thrown) {
    throw new SlaError('config-invalid', `${file} cannot be read`, {
      cause: thrown,
      remedy: 'mend the file, or name another with --config; all settings are in docs/reference/config.md',
    });
  }
}

function problemsOfIssue(schema: z.ZodType, issue: z.core.$ZodIssue): readonly Problem[] {
  const path = issue.path.join('.') || '(top)';
  // Of a key that is wrong in itself, zod's own message says only that it is.
  if (issue.code === 'invalid_key')
    return [{ path, message: issue.issues.map(({ message }) => message).join('; ') }];
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  const known = keysAt(schema, issue.path);
  return issue.keys.map((key) => {
    const meant = nearest(key, known);
    return {
      path: [...issue.path, key].join('.'),
      message: `unknown setting${meant ? `, did you mean "${meant}"?` : `; known here: ${known.join(', ')}`}`,
    };
  });
}

/** The keys that an object inside a schema knows. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let here: unknown = unwrapped(schema);
  for (const step of path) {
    if (!(here instanceof z.ZodObject)) return [];
    here = unwrapped(here.shape[String(step)]);
  }
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

/** The schema below its defaults and options. */
export function unwrapped(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional || inner instanceof z.ZodPrefault) {
    inner = inner.unwrap();
  }
  return inner;
}
