/** A catalogue, fleet and policy small enough to read, for the tables of the decision's specs. */
import {
  createCatalog,
  CAPABILITIES,
  unknownTerms,
  type Capability,
  type ModelRecord,
  type VendorId,
} from '@skein/catalog';
import type { Features } from '@skein/contracts/classifier';
import type { DeploymentHealth } from '@skein/contracts/health';
import { policyDocument, type DecideRouteRequest, type PolicyDocument } from '@skein/contracts/router';
import type { z } from 'zod';
import type { Load } from '../src/balance.js';
import type { RolloutStanding } from '../src/choose-arm.js';
import { compilePolicy } from '../src/compile-policy.js';
import type { Situation } from '../src/decide-route.js';
import type { Quota } from '../src/deployment.js';
import { readFleet, type SandboxSetting, type VendorMode } from '../src/fleet.js';

interface ModelSketch {
  readonly vendor: VendorId;
  readonly model: string;
  /** USD per million tokens; left out: unknown. */
  readonly price?: readonly [input: number, output: number];
  readonly quality?: number;
  readonly can?: readonly Capability[];
  readonly window?: number;
  readonly longestAnswer?: number;
}

/** Makes a record; what the sketch leaves out is unknown, as in the catalogue. */
export function model(sketch: ModelSketch): ModelRecord {
  const capabilities = Object.fromEntries(
    CAPABILITIES.map((name) => [name, sketch.can?.includes(name) === true ? true : null]),
  ) as Record<Capability, boolean | null>;
  const [input, output] = (sketch.price ?? []).map((usd) => Math.round(usd * 1_000_000));
  return {
    id: `${sketch.vendor}/${sketch.model}`,
    vendor: sketch.vendor,
    model: sketch.model,
    kind: 'chat',
    status: 'active',
    context_window: sketch.window ?? null,
    max_output_tokens: sketch.longestAnswer ?? null,
    capabilities,
    quality: sketch.quality ?? null,
    quality_by_task: {},
    quality_evidence: [],
    prices: input === undefined ? [] : [{ from: null, base: { input, output }, tiers: [] }],
    price_source: null,
    price_date: null,
    exchange: null,
    stated_prices: null,
    price_lists: {},
    pin: null,
    served_as: [],
    ...unknownTerms,
  };
}

export const smallCatalog = createCatalog(
  [
    model({
      vendor: 'openai',
      model: 'big',
      price: [10, 40],
      quality: 9,
      can: ['tools', 'vision', 'json_schema'],
      window: 400_000,
    }),
    model({
      vendor: 'openai',
      model: 'small',
      price: [1, 4],
      quality: 7,
      can: ['tools', 'vision'],
      window: 100_000,
      longestAnswer: 4_000,
    }),
    model({
      vendor: 'anthropic',
      model: 'fine',
      price: [3, 15],
      quality: 8.5,
      can: ['tools', 'vision', 'documents'],
      window: 200_000,
    }),
    model({
      vendor: 'google',
      model: 'thinker',
      price: [2, 12],
      quality: 9.4,
      can: ['tools', 'reasoning', 'audio_in'],
      window: 1_000_000,
    }),
    model({ vendor: 'deepseek', model: 'cheap', price: [0.1, 0.3], quality: 6.5, can: ['tools'], window: 64_000 }),
    model({ vendor: 'mistral', model: 'poor', price: [0.01, 0.02], quality: 4, window: 32_000 }),
    model({ vendor: 'mistral', model: 'open-weights', price: [0.6, 0.6], quality: 7, window: 32_000 }),
    model({ vendor: 'groq', model: 'makers/open-weights', price: [0.5, 0.5], quality: 7, window: 32_000 }),
    model({ vendor: 'xai', model: 'unpriced', quality: 8 }),
  ],
  [
    { name: 'old-big', kind: 'retired', to: ['openai/big'] },
    { name: 'thinking', kind: 'short', to: ['google/thinker', 'anthropic/fine'] },
  ],
);

type PolicyText = Partial<z.input<typeof policyDocument>>;

/** A policy document with the defaults of the schema. */
export function policy(text: PolicyText = {}): PolicyDocument {
  return policyDocument.parse({
    name: 'test',
    strategy: 'quality_first',
    default: ['openai/small', 'anthropic/fine', 'deepseek/cheap'],
    tasks: { code: ['anthropic/fine', 'openai/big'] },
    ...text,
  });
}

const LIVE_VENDORS = ['openai', 'anthropic', 'google', 'deepseek', 'mistral', 'groq', 'xai'];
/** A moment, in ms since the epoch. */
export const NOW = 1_700_000_000_000;

export interface World {
  readonly policy?: PolicyText;
  /** Vendors with a worker, `live` unless told; all of the small catalogue's when left out. */
  readonly fleet?: Readonly<Record<string, VendorMode>>;
  readonly sandbox?: SandboxSetting;
  /** Vendors that had a worker once. */
  readonly seen?: readonly string[];
  /** What vendors said is left, by `vendor/model`. */
  readonly quota?: Readonly<Record<string, Quota>>;
  readonly load?: Readonly<Record<string, Load>>;
  /** Where rollouts stand, by name; at their first step when left out. */
  readonly standing?: Readonly<Record<string, RolloutStanding>>;
  readonly expectedOutput?: (task: string) => number;
  readonly turn?: number;
  readonly chance?: number;
  readonly health?: Readonly<Record<string, Partial<DeploymentHealth>>>;
}

/** The situation of a decision. */
export function world(sketch: World = {}): Situation {
  const compilation = compilePolicy({ revision: 'test-1', policy: policy(sketch.policy) }, smallCatalog);
  if (compilation.compiled === null) throw new Error(JSON.stringify(compilation.problems));
  const modes = new Map(
    sketch.fleet === undefined ? LIVE_VENDORS.map((vendor) => [vendor, 'live'] as const) : Object.entries(sketch.fleet),
  );
  const seen = new Set(sketch.seen ?? modes.keys());
  return {
    compiled: compilation.compiled,
    fleet: readFleet(modes, sketch.sandbox ?? 'auto', (vendor) => seen.has(vendor)),
    healthOf: (id) => {
      const known = sketch.health?.[id];
      return known === undefined ? undefined : healthOf(id, known);
    },
    quotaOf: (id) => sketch.quota?.[id],
    loadOf: (id) => sketch.load?.[id] ?? { inFlight: 0, ewmaMs: null },
    standingOf: ({ rollout }) => sketch.standing?.[rollout.name] ?? { state: 'running', step: 0 },
    turn: sketch.turn ?? 0,
    chance: sketch.chance ?? 0,
    ...(sketch.expectedOutput !== undefined && { expectedOutput: sketch.expectedOutput }),
    now: NOW,
  };
}

function healthOf(id: string, known: Partial<DeploymentHealth>): DeploymentHealth {
  const slash = id.indexOf('/');
  return {
    vendor: id.slice(0, slash),
    model: id.slice(slash + 1),
    circuit: 'closed',
    until: null,
    attempts: 100,
    errors: 0,
    rate_limited: 0,
    consecutive_errors: 0,
    first_byte_p50_ms: null,
    first_byte_p95_ms: null,
    total_p50_ms: null,
    total_p95_ms: null,
    ...known,
  };
}

export interface Asked {
  readonly key_id?: string;
  readonly model?: string;
  readonly stream?: boolean;
  readonly max_output_tokens?: number;
  readonly spare_quota_only?: boolean;
  readonly features?: Partial<Features>;
  readonly metadata?: DecideRouteRequest['metadata'];
}

/** A request for a decision: an English question of 1,000 tokens to `auto` unless told otherwise. */
export function ask(asked: Asked = {}): DecideRouteRequest {
  return {
    tenant: 'acme',
    ...(asked.key_id !== undefined && { key_id: asked.key_id }),
    model: asked.model ?? 'auto',
    stream: asked.stream ?? false,
    max_output_tokens: asked.max_output_tokens ?? null,
    ...(asked.spare_quota_only === true && { spare_quota_only: true }),
    features: {
      task: 'qa',
      declared: null,
      confidence: 0.9,
      abstained: false,
      language: 'en',
      tokens: 1_000,
      turns: 0,
      complexity: { score: 0.3, tier: 'standard' },
      needs: [],
      ...asked.features,
    },
    metadata: asked.metadata ?? {},
  };
}
