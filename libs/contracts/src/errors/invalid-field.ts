import type { z } from 'zod';
import { SkeinError } from './skein-error.js';

/**
 * The 400 for what a schema refused: names the first field at fault, after `prefix`, and says what it should be. `param` is
 * that field.
 */
export function invalidField(error: z.ZodError, prefix = ''): SkeinError {
  const issue = error.issues[0];
  const path = issue?.path.map(String) ?? [];
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const param = prefix + [...path, ...(unknownKey === undefined ? [] : [unknownKey])].join('.');
  const problem = unknownKey === undefined ? (issue?.message ?? 'is not valid') : 'is not a field of this request';
  return new SkeinError('invalid_request', param === '' ? problem : `${param}: ${problem}`, { param: param || null });
}
