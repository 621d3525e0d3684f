/**
 * The policy in force. The router that reads the file states the revision; every router, itself included, takes it from
 * the snapshot. Applied whole or not at all: a revision that cannot be used leaves the last good one in place.
 */
import { readFile } from 'node:fs/promises';
import { unwatchFile, watchFile } from 'node:fs';
import type { Bus } from '@skein/bus';
import type { Catalog } from '@skein/catalog';
import { PolicySnapshot, type PolicyRevision } from '@skein/contracts/router';
import type { Logger } from '@skein/telemetry';
import { compilePolicy, type CompiledPolicy } from './compile-policy.js';
import { readPolicy, revisionOf } from './read-policy.js';
import { starterPolicy } from './starter-policy.js';

/** How often the file is looked at, in ms. */
const LOOK_EVERY_MS = 500;

export class PolicyView {
  readonly #bus: Bus;
  readonly #catalog: Catalog;
  readonly #logger: Logger;
  readonly #path: string | undefined;
  #current: CompiledPolicy | null = null;
  #stopWatching: (() => void) | null = null;

  constructor(bus: Bus, catalog: Catalog, logger: Logger, path: string | undefined) {
    this.#bus = bus;
    this.#catalog = catalog;
    this.#logger = logger;
    this.#path = path;
  }

  /** The compiled policy; null until `start` has resolved. */
  get current(): CompiledPolicy | null {
    return this.#current;
  }

  /**
   * Takes the policy in force, then states this router's own: its file, or the starter where it has none. Throws when the
   * file cannot be used and no earlier good revision is there to go on with.
   */
  async start(): Promise<void> {
    this.#stopWatching = await this.#bus.watchSnapshot(PolicySnapshot, (revision) => this.#apply(revision));
    if (this.#path === undefined) {
      await this.#state(revisionOf(starterPolicy, 'starter'));
      return;
    }
    const problems = await this.#readFile(this.#path);
    if (problems.length > 0 && this.#current === null) {
      throw new Error(`${this.#path} is not a policy:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    }
    const path = this.#path;
    watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, () => void this.#readFile(path));
  }

  stop(): void {
    if (this.#path !== undefined) unwatchFile(this.#path);
    this.#stopWatching?.();
  }

  async #readFile(path: string): Promise<readonly string[]> {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => asError(cause));
    const read = text instanceof Error ? { problems: [text.message] } : readPolicy(text);
    const problems = 'problems' in read ? read.problems : await this.#state(read.revision);
    if (problems.length > 0)
      this.#logger.error({ path, problems }, 'the policy file cannot be used; the last good policy stays');
    return problems;
  }

  /** Applies a revision of our own and, where it is news, puts it for the others. Returns its problems. */
  async #state(revision: PolicyRevision): Promise<readonly string[]> {
    if (this.#current?.revision === revision.revision) return [];
    const problems = this.#apply(revision);
    if (problems.length > 0) return problems;
    try {
      await this.#bus.putSnapshot(PolicySnapshot, revision);
    } catch (cause) {
      this.#logger.warn(
        { err: asError(cause), revision: revision.revision },
        'the policy could not be put for the other routers',
      );
    }
    return [];
  }

  #apply(revision: PolicyRevision): readonly string[] {
    if (this.#current?.revision === revision.revision) return [];
    const compilation = compilePolicy(revision, this.#catalog);
    if (compilation.compiled === null) {
      const problems = compilation.problems.map(({ path, message }) => `${path}: ${message}`);
      this.#logger.error(
        { revision: revision.revision, problems },
        'a policy revision cannot be used; the last good policy stays',
      );
      return problems;
    }
    this.#current = compilation.compiled;
    this.#logger.info({ revision: revision.revision, policy: revision.policy.name }, 'policy in force');
    return [];
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
