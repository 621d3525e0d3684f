import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import { formatUsd } from '@skein/catalog';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError, invalidField } from '@skein/contracts/errors';
import type { Rpc } from '@skein/contracts/make';
import {
  ApplyPolicy,
  DiffPolicy,
  LintPolicy,
  ListPolicies,
  ListRollouts,
  PolicySchema,
  RollBackPolicy,
  ShowPolicy,
  SteerRollout,
  type ArmFigures,
  type RolloutReport,
} from '@skein/contracts/router';
import { z } from 'zod';

const ANSWER_WITHIN_MS = 15_000;

const written = { text: z.string().min(1), note: z.string().nullable().default(null) };
const reference = z.string().min(1);

/** What each verb takes, the same at both doors. */
const asks = {
  list: z.strictObject({}),
  show: z.strictObject({ revision: reference.default('current') }),
  schema: z.strictObject({}),
  lint: z.strictObject({ text: written.text }),
  diff: z.strictObject({
    from: reference.default('current'),
    to: reference.nullable().default(null),
    text: written.text.nullable().default(null),
  }),
  apply: z.strictObject({
    text: written.text.nullable().default(null),
    preset: reference.nullable().default(null),
    note: written.note,
  }),
  rollback: z.strictObject({ to: reference.nullable().default(null) }),
  rollouts: z.strictObject({}),
  steer: z.strictObject({ name: reference, action: z.enum(['rollback', 'advance', 'restart']) }),
} as const;

export type PolicyVerb = keyof typeof asks;
export const policyVerbs = Object.keys(asks) as readonly PolicyVerb[];

/** Policies and rollouts for both doors: an admin key, then any router. */
@Injectable()
export class PoliciesDesk {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  /** Throws `forbidden` without an admin key, `invalid_request` naming the field, and what the router throws. */
  async do(verb: PolicyVerb, asked: unknown, key: KeyRecord, traceparent: string | undefined): Promise<unknown> {
    if (!key.admin) throw new SkeinError('forbidden', 'Policies take an admin key');
    const by = `key ${key.id}`;
    const call = <Request, Reply>(contract: Rpc<Request, Reply>, request: Request): Promise<Reply> =>
      this.bus.call(contract, request, {
        requestId: newId('pol'),
        tenant: key.tenant,
        deadline: performance.now() + ANSWER_WITHIN_MS,
        traceparent,
      });
    const verbs: Record<PolicyVerb, () => Promise<unknown>> = {
      list: async () => {
        read('list', asked);
        const { current, versions, presets } = await call(ListPolicies, {});
        return { current, versions: versions.map(dated), presets };
      },
      show: async () => {
        const { version, policy, yaml } = await call(ShowPolicy, read('show', asked));
        return { ...dated(version), policy, yaml };
      },
      schema: async () => (await call(PolicySchema, read('schema', asked))).schema,
      lint: () => call(LintPolicy, read('lint', asked)),
      diff: () => call(DiffPolicy, read('diff', asked)),
      apply: () => {
        const { text, preset, note } = read('apply', asked);
        if ((text === null) === (preset === null))
          throw new SkeinError('invalid_request', 'Give the text of a policy or a preset, one of them', {
            param: 'text',
          });
        return call(ApplyPolicy, { text, preset, note, by });
      },
      rollback: () => call(RollBackPolicy, { ...read('rollback', asked), by }),
      rollouts: async () => {
        read('rollouts', asked);
        return { rollouts: (await call(ListRollouts, {})).rollouts.map(publicRollout) };
      },
      steer: async () => publicRollout((await call(SteerRollout, { ...read('steer', asked), by })).rollout),
    };
    return verbs[verb]();
  }
}

function read<Verb extends PolicyVerb>(verb: Verb, asked: unknown): z.infer<(typeof asks)[Verb]> {
  const parsed = asks[verb].safeParse(asked);
  if (!parsed.success) throw invalidField(parsed.error);
  return parsed.data as z.infer<(typeof asks)[Verb]>;
}

const iso = (at: number | null): string | null => (at === null || at === 0 ? null : new Date(at).toISOString());

function dated<Version extends { readonly at: number }>({ at, ...rest }: Version) {
  return { ...rest, at: iso(at) };
}

function publicRollout({ since, arms, baseline, ...rest }: RolloutReport) {
  return { ...rest, since: iso(since), arms: arms.map(publicFigures), baseline: baseline && publicFigures(baseline) };
}

function publicFigures({ mean_cost_nano_usd: cost, ...rest }: ArmFigures) {
  return { ...rest, mean_cost_usd: cost === null ? null : formatUsd(Math.round(cost)) };
}
