import { policyDocument } from '@skein/contracts/router';
import { z } from 'zod';

/** The JSON Schema of a policy as it is written (defaults may be left out), for editors. */
export function policyJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(policyDocument, { io: 'input' });
  return { ...schema, title: 'Skein routing policy' };
}
