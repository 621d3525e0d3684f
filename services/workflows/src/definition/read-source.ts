import { SkeinError } from '@skein/contracts/errors';
import { workflowDefinition, type DefinitionProblem, type WorkflowDefinition } from '@skein/contracts/workflows';
import { parseDocument } from 'yaml';
import { problem } from './stage.js';

export type ReadSource =
  | { readonly definition: WorkflowDefinition; readonly problems: readonly [] }
  | { readonly definition: null; readonly problems: readonly DefinitionProblem[] };

/** YAML or JSON text → a definition of the right shape, or everything that is wrong with its shape. */
export function readSource(source: string): ReadSource {
  const document = parseDocument(source, { prettyErrors: true, maxAliasCount: 100, uniqueKeys: true } as object);
  const [syntax] = document.errors;
  if (syntax !== undefined) return { definition: null, problems: [problem(null, '', firstLine(syntax.message))] };
  let written: unknown;
  try {
    written = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return { definition: null, problems: [problem(null, '', error instanceof Error ? error.message : String(error))] };
  }
  // The text of a document as a JSON string, as clients send it that speak JSON alone.
  if (typeof written === 'string' && written.includes('\n')) return readSource(written);
  const parsed = workflowDefinition.safeParse(written);
  if (parsed.success) return { definition: parsed.data, problems: [] };
  return { definition: null, problems: parsed.error.issues.flatMap((issue) => readIssue(issue, written)) };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly code?: string;
  readonly errors?: readonly (readonly Issue[])[];
}

/** An entry of `stages` is a stage or a group of branches: what is wrong with it is what the nearer of the two says. */
function readIssue(issue: Issue, written: unknown, before: readonly PropertyKey[] = []): DefinitionProblem[] {
  const path = [...before, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors !== undefined && issue.errors.length > 0) {
    const entry = at(written, path);
    const isGroup = typeof entry === 'object' && entry !== null && 'parallel' in entry;
    const nearer = issue.errors[path[1] === 'stages' && isGroup ? 1 : 0] ?? [];
    return nearer.flatMap((inner) => readIssue(inner, written, path));
  }
  return [problem(stageAt(written, path), path.map(String).join('.'), issue.message)];
}

function stageAt(written: unknown, path: readonly PropertyKey[]): string | null {
  for (let length = path.length; length > 0; length -= 1) {
    const entry = at(written, path.slice(0, length));
    if (typeof entry !== 'object' || entry === null || typeof path[length - 1] !== 'number') continue;
    const { name, stage } = entry as { name?: unknown; stage?: unknown };
    const own = name ?? stage;
    return typeof own === 'string' ? own : `#${String(path[length - 1])}`;
  }
  return null;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** One error that lists every problem, and names the stage of the first. */
export function refuseDefinition(problems: readonly DefinitionProblem[]): SkeinError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new SkeinError('invalid_request', `The workflow cannot be used: ${first?.message ?? 'it is empty'}${more}`, {
    param: first?.path ?? null,
    detail: { problems },
  });
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
