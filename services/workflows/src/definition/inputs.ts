// What a run is given, held against what the workflow declares. Pure.
import { SkeinError } from '@skein/contracts/errors';
import type { RunRequest, WorkflowDefinition, WorkflowInput } from '@skein/contracts/workflows';
import { asText } from '../templates.js';
import { readReferences } from './references.js';
import type { Pipeline } from './stage.js';

export type Inputs = Readonly<Record<string, unknown>>;

const OWN = 'input';

const isOfType: Readonly<Record<WorkflowInput['type'], (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  list: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  image: (value) => typeof value === 'string' && /^(?:https?:|data:image\/)/.test(value),
  audio: (value) => typeof value === 'string' && /^data:audio\//.test(value),
};

const wanted: Readonly<Record<WorkflowInput['type'], string>> = {
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
  image: 'the URL of an image (https: or data:image/…)',
  audio: 'audio as a data URL (data:audio/…)',
};

/** The inputs of a run, defaults filled in. Throws `invalid_request` that names the input and the stage that wants it. */
export function readInputs(definition: WorkflowDefinition, pipeline: Pipeline, request: RunRequest): Inputs {
  const declared = definition.inputs ?? {};
  const given: Record<string, unknown> = { ...request.inputs };
  if (request.input !== undefined) given[OWN] = request.input;
  for (const name of Object.keys(given)) {
    if (name !== OWN && !Object.hasOwn(declared, name)) {
      throw refusal(name, `The workflow has no input "${name}"; it has ${Object.keys(declared).join(', ') || OWN}`);
    }
  }
  const spoken = spokenFor(declared, given);
  for (const [name, input] of Object.entries(declared)) {
    if (spoken[name] === undefined && input.default !== undefined) spoken[name] = input.default;
    if (spoken[name] === undefined && input.required) {
      throw refusal(name, `The input "${name}" is missing; stage "${firstUser(name, definition, pipeline)}" needs it`);
    }
    if (spoken[name] !== undefined && !isOfType[input.type](spoken[name])) {
      throw refusal(name, `The input "${name}" must be ${wanted[input.type]}`);
    }
  }
  if (Object.keys(declared).length === 0 && spoken[OWN] === undefined) {
    throw refusal(OWN, `The input is missing; stage "${pipeline.stages[0]?.name ?? ''}" needs it`);
  }
  for (const name of Object.keys(declared)) spoken[name] ??= null;
  spoken[OWN] ??= null;
  return spoken;
}

/** What a caller says without a name is meant for the one required text that has none yet. */
function spokenFor(declared: Record<string, WorkflowInput>, given: Record<string, unknown>): Record<string, unknown> {
  if (given[OWN] === undefined || Object.hasOwn(declared, OWN)) return { ...given };
  const open = Object.entries(declared).filter(
    ([name, { type, required }]) => given[name] === undefined && required && isOfType[type](given[OWN]),
  );
  const [first] = open.length === 1 ? open : [];
  return first === undefined ? { ...given } : { ...given, [first[0]]: given[OWN] };
}

/** The run's own input as text: the one without a name, or every text and number with its name. */
export function ownInput(inputs: Inputs, definition: WorkflowDefinition): string {
  if (inputs[OWN] !== null && inputs[OWN] !== undefined) return asText(inputs[OWN]);
  const readable = Object.entries(definition.inputs ?? {}).filter(
    ([name, { type }]) => type !== 'image' && type !== 'audio' && inputs[name] !== null,
  );
  if (readable.length === 1) return asText(inputs[readable[0]?.[0] ?? '']);
  return readable.map(([name]) => `${name}:\n${asText(inputs[name])}`).join('\n\n');
}

function firstUser(name: string, definition: WorkflowDefinition, { stages }: Pipeline): string {
  const surroundings = {
    stageNames: new Set(stages.map((stage) => stage.name)),
    inputNames: new Set([...Object.keys(definition.inputs ?? {}), OWN]),
  };
  const user = stages.find((stage) =>
    readReferences(stage.name, stage.kind, stage.spec, '', surroundings).inputs.includes(name),
  );
  return (user ?? stages[0])?.name ?? '';
}

function refusal(name: string, message: string): SkeinError {
  return new SkeinError('invalid_request', message, { param: `inputs.${name}` });
}
