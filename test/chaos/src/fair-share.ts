// What a flood of one tenant does to the wait of another, in ms: between a job's acceptance and its beginning.
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { HttpClient, misbehave, type Mesh } from '@skein/testkit';
import { eachOf } from './each-of.js';

const OWN = 200;
const FLOOD = 1_000;
const AT_ONCE = 16;

/** Each of the two measures is of a tenant that has used nothing yet, in a mesh that another has warmed up. */
const keys = {
  first: 'sk-fair-first',
  alone: 'sk-fair-alone',
  beside: 'sk-fair-beside',
  flood: 'sk-fair-flood',
} as const;
type Tenant = keyof typeof keys;

/** The tenants' file of a mesh that this is measured in. */
export const fairTenants = [
  'tenants:',
  ...Object.entries(keys).map(
    ([tenant, key]) =>
      `  ${tenant}: { keys: [{ id: ${tenant}, key: "sha256:${createHash('sha256').update(key).digest('hex')}" }] }`,
  ),
].join('\n');

export interface FairShare {
  /** p95 of the waits of `own` jobs, ms. */
  readonly aloneMs: number;
  /** The same while `flood` jobs of another tenant wait. */
  readonly besideMs: number;
  readonly own: number;
  readonly flood: number;
}

interface Job {
  readonly id: string;
  readonly status: string;
  readonly created_at: string;
  readonly started_at: string | null;
}

/** Measures the waits of a tenant alone, and of one beside another's flood. All jobs have ended when it returns. */
export async function measureFairShare(mesh: Mesh): Promise<FairShare> {
  const clientOf = (tenant: Tenant): HttpClient => new HttpClient(mesh.url, keys[tenant]);
  const clients = {
    first: clientOf('first'),
    alone: clientOf('alone'),
    beside: clientOf('beside'),
    flood: clientOf('flood'),
  };
  try {
    await waitsOf(clients.first, await submit(clients.first, OWN));
    const alone = await waitsOf(clients.alone, await submit(clients.alone, OWN));
    const flood = await submit(clients.flood, FLOOD);
    const beside = await waitsOf(clients.beside, await submit(clients.beside, OWN));
    await waitsOf(clients.flood, flood);
    return { aloneMs: p95(alone), besideMs: p95(beside), own: OWN, flood: FLOOD };
  } finally {
    await Promise.all(Object.values(clients).map((client) => client.close()));
  }
}

function submit(http: HttpClient, count: number): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return eachOf(numbers, AT_ONCE, async (index) => {
    const content = `${misbehave({ latency: 100 })} What is ${index} + 1?`;
    const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content }] };
    const { status, json } = await http.post<Job>('/v1/jobs', { endpoint: '/v1/chat/completions', body });
    if (status !== 202) throw new Error(`a job was answered with ${status}`);
    return json.id;
  });
}

function waitsOf(http: HttpClient, ids: readonly string[]): Promise<number[]> {
  return eachOf(ids, AT_ONCE, async (id) => {
    for (;;) {
      const { json } = await http.get<Job>(`/v1/jobs/${id}`);
      if (json.status === 'succeeded') return Date.parse(json.started_at ?? '') - Date.parse(json.created_at);
      if (json.status !== 'queued' && json.status !== 'running') throw new Error(`a job ${json.status}`);
      await pause(50);
    }
  });
}

function p95(waits: readonly number[]): number {
  const sorted = [...waits].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? NaN;
}
