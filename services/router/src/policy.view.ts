/**
 * The policy in force. Whoever changes it (this router's file, or an operator through any router) puts one snapshot; every
 * router, itself included, takes it from there. Applied whole or not at all: a revision that cannot be used leaves the last
 * good one in place.
 */
import { readFile } from 'node:fs/promises';
import { unwatchFile, watchFile } from 'node:fs';
import { basename } from 'node:path';
import type { Bus } from '@skein/bus';
import type { Catalog } from '@skein/catalog';
import {
  PolicyHistory,
  PolicySnapshot,
  type KeptVersion,
  type PolicyProblem,
  type PolicyRevision,
} from '@skein/contracts/router';
import type { Logger } from '@skein/telemetry';
import type { CompiledPolicy } from './compile-policy.js';
import { defaultPolicy } from './default-policy.js';
import { lintPolicy } from './lint-policy.js';
import { keepPins } from './operators-catalog.js';
import { withVersion } from './policy-shelf.js';
import { describeProblems, readPolicy, revisionOf } from './read-policy.js';

/** How often the file is looked at, in ms. */
const LOOK_EVERY_MS = 500;

const BUILT_IN = 'built-in';
const FROM_FILE = 'file ';

/** Who puts a revision in force, and what they have to say. */
export interface Signature {
  readonly by: string;
  readonly note: string | null;
}

export class PolicyView {
  readonly #bus: Bus;
  readonly #catalog: Catalog;
  readonly #logger: Logger;
  readonly #path: string | undefined;
  readonly #onApplied: (compiled: CompiledPolicy) => void;
  #current: CompiledPolicy | null = null;
  #versions: readonly KeptVersion[] = [];
  readonly #stops: (() => void)[] = [];

  constructor(
    bus: Bus,
    catalog: Catalog,
    logger: Logger,
    path: string | undefined,
    onApplied: (compiled: CompiledPolicy) => void,
  ) {
    this.#bus = bus;
    this.#catalog = catalog;
    this.#logger = logger;
    this.#path = path;
    this.#onApplied = onApplied;
  }

  /** The compiled policy; null until `start` has resolved. */
  get current(): CompiledPolicy | null {
    return this.#current;
  }

  /** Revisions that were in force, the newest first. */
  get versions(): readonly KeptVersion[] {
    return this.#versions;
  }

  /**
   * Takes the policy in force, then states this router's own where it is due: its file, unless an operator applied another
   * since the file last said this, or the built-in policy, unless an operator applied one. Throws when the file cannot be
   * used and no earlier good revision is there to go on with.
   */
  async start(): Promise<void> {
    this.#stops.push(
      await this.#bus.watchSnapshot(PolicyHistory, ({ versions }) => (this.#versions = versions)),
      await this.#bus.watchSnapshot(PolicySnapshot, (revision) => void this.#take(revision)),
    );
    if (this.#path === undefined) return this.#stateBuiltIn();
    const path = this.#path;
    const problems = await this.#readFile(path, true);
    if (problems.length > 0 && this.#current === null) {
      const lines = describeProblems(problems).map((line) => `  - ${line}`);
      throw new Error(`${path} is not a policy:\n${lines.join('\n')}`);
    }
    watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, () => void this.#readFile(path, false));
  }

  stop(): void {
    if (this.#path !== undefined) unwatchFile(this.#path);
    for (const stop of this.#stops) stop();
  }

  /**
   * Puts a revision in force for all routers. Returns its problems; nothing changes where one of them is an error. Throws
   * `unavailable` where it could not be put for the others.
   */
  async apply(revision: PolicyRevision, signature: Signature, now: number): Promise<readonly PolicyProblem[]> {
    const { compiled, problems } = lintPolicy(revision, this.#catalog);
    if (compiled === null) return problems;
    const isNews = this.#current?.revision !== revision.revision || this.#versions.length === 0;
    if (isNews) {
      const version = { ...revision, name: revision.policy.name, at: now, ...signature };
      await this.#bus.putSnapshot(PolicySnapshot, revision);
      this.#versions = withVersion(this.#versions, version);
      await this.#bus.putSnapshot(PolicyHistory, { versions: [...this.#versions] });
    }
    this.#enforce(compiled);
    return problems;
  }

  async #stateBuiltIn(): Promise<void> {
    const last = this.#versions[0]?.by ?? BUILT_IN;
    if (this.#current !== null && last !== BUILT_IN && !last.startsWith(FROM_FILE)) return;
    await this.#state(keepPins(revisionOf(defaultPolicy), this.#catalog), { by: BUILT_IN, note: null });
  }

  async #readFile(path: string, isStart: boolean): Promise<readonly PolicyProblem[]> {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => asError(cause));
    const read =
      text instanceof Error
        ? { problems: [{ path: '', message: text.message, severity: 'error' as const }] }
        : readPolicy(text);
    if ('revision' in read) {
      const revision = keepPins(read.revision, this.#catalog);
      const by = `${FROM_FILE}${basename(path)}`;
      const said = this.#versions.find((version) => version.by === by)?.revision;
      if (isStart && this.#current !== null && said === revision.revision) return [];
      const problems = await this.#state(revision, { by, note: null });
      this.#warn(path, problems);
      return problems;
    }
    this.#warn(path, read.problems);
    return read.problems;
  }

  #warn(path: string, problems: readonly PolicyProblem[]): void {
    if (problems.length === 0) return;
    const lines = describeProblems(problems);
    this.#logger.error({ path, problems: lines }, 'the policy file cannot be used; the last good policy stays');
  }

  /** Applies a revision of our own; where the others cannot be told it holds here. Returns its errors. */
  async #state(revision: PolicyRevision, signature: Signature): Promise<readonly PolicyProblem[]> {
    try {
      const problems = await this.apply(revision, signature, Date.now());
      return problems.filter(({ severity }) => severity === 'error');
    } catch (cause) {
      const err = asError(cause);
      this.#logger.warn({ err, revision: revision.revision }, 'the policy could not be put for the other routers');
      this.#take(revision);
      return [];
    }
  }

  #take(revision: PolicyRevision): void {
    if (this.#current?.revision === revision.revision) return;
    const { compiled, problems } = lintPolicy(revision, this.#catalog);
    if (compiled !== null) return this.#enforce(compiled);
    this.#logger.error(
      { revision: revision.revision, problems: describeProblems(problems) },
      'a policy revision cannot be used; the last good policy stays',
    );
  }

  #enforce(compiled: CompiledPolicy): void {
    if (this.#current?.revision === compiled.revision) return;
    this.#current = compiled;
    this.#logger.info({ revision: compiled.revision, policy: compiled.policy.name }, 'policy in force');
    this.#onApplied(compiled);
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
