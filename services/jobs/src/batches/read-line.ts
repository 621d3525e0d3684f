// One line of an input file → what is to be run, or what is wrong with it. Pure.
import { toSkeinError } from '@skein/contracts/errors';
import type { BatchLineError, BatchView } from '@skein/contracts/jobs';
import { lineBodies, runnableOf, type RunnableBody } from './line-bodies.js';

export interface BatchLine extends RunnableBody {
  /** From 1, blank lines counted. */
  readonly lineNo: number;
  readonly customId: string;
}

export type ReadLine = { readonly line: BatchLine } | { readonly error: BatchLineError } | { readonly blank: true };

const CUSTOM_ID_MAX = 512;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads one line. `seen` are the custom ids of the lines before; a new one is added to it. */
export function readLine(
  bytes: Uint8Array,
  lineNo: number,
  endpoint: BatchView['endpoint'],
  seen: Set<string>,
): ReadLine {
  const refuse = (code: string, message: string, param: string | null = null): ReadLine => ({
    error: { code, message, param, line: lineNo },
  });
  const value = parseJson(bytes);
  if (value === BLANK) return { blank: true };
  if (!isRecord(value)) return refuse('invalid_json_line', 'This line is not a JSON object.');
  const { custom_id: customId, method, url, body } = value;
  if (typeof customId !== 'string' || customId === '' || customId.length > CUSTOM_ID_MAX) {
    return refuse(
      'missing_required_parameter',
      `custom_id must be a text of 1 to ${CUSTOM_ID_MAX} characters.`,
      'custom_id',
    );
  }
  if (seen.has(customId))
    return refuse('duplicate_custom_id', `The custom_id "${customId}" is used twice.`, 'custom_id');
  if (method !== 'POST') return refuse('invalid_method', 'method must be "POST".', 'method');
  if (url !== endpoint) return refuse('mismatched_endpoint', `url must be the batch's endpoint, "${endpoint}".`, 'url');
  const checked = lineBodies[endpoint].safeParse(body);
  if (!checked.success || !isRecord(body)) {
    const issue = checked.error?.issues[0];
    const param = ['body', ...(issue?.path ?? [])].map(String).join('.');
    return refuse('invalid_request', `${param}: ${issue?.message ?? 'must be an object'}`, param);
  }
  try {
    const runnable = runnableOf[endpoint](body);
    seen.add(customId);
    return { line: { lineNo, customId, ...runnable } };
  } catch (thrown) {
    const { message, param } = toSkeinError(thrown);
    return refuse('invalid_request', `body.${message}`, param === null ? 'body' : `body.${param}`);
  }
}

const BLANK = Symbol('BLANK');

function parseJson(bytes: Uint8Array): unknown {
  try {
    const text = decoder.decode(bytes);
    return text.trim() === '' ? BLANK : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
