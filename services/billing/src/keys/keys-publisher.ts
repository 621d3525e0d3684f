import { watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BUS, LOGGER, READINESS, SETTINGS, type Readiness } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { KeysSnapshot } from '@skein/contracts/billing';
import type { Logger } from '@skein/telemetry';
import { parse } from 'yaml';
import type { BillingSettings } from '../settings.js';
import { KeysDocumentError, toKeysRevision } from './to-keys-revision.js';

const LOOK_EVERY_MS = 2_000;

/**
 * Keeps every gateway's keys equal to the file: read at the start, whenever its directory changes, and every two seconds
 * where a file system tells nothing. A revision goes out whole; while the file has a mistake, the last good one stays.
 */
@Injectable()
export class KeysPublisher implements OnApplicationBootstrap, OnApplicationShutdown {
  #looking: Promise<void> = Promise.resolve();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #publishedRevision: string | undefined;
  #lastProblem: string | undefined;

  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(SETTINGS) private readonly settings: BillingSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(READINESS) private readonly readiness: Readiness,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    let isKnown = false;
    this.readiness.add('keys', () => isKnown);
    await this.bus.watchSnapshot(KeysSnapshot, () => (isKnown = true));
    const { SKEIN_CONFIG, DEV_KEY } = this.settings;
    if (SKEIN_CONFIG === undefined && DEV_KEY === undefined) {
      this.logger.warn(
        'nobody may ask yet: there are no keys; name a YAML file of tenants and keys in SKEIN_CONFIG (see example.skein-config.yaml)',
      );
    }
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    if (SKEIN_CONFIG !== undefined) this.#watchDirectoryOf(SKEIN_CONFIG);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  /** The directory and not the file: editors and orchestrators put a new file in its place. */
  #watchDirectoryOf(file: string): void {
    try {
      this.#watcher = watch(dirname(file), { persistent: false }, () => void this.#look());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch (error) {
      this.logger.debug({ err: error }, 'the directory of the keys file cannot be watched; looking at it now and then');
    }
  }

  /** One look after the other, so that an older text never overtakes a newer one. */
  #look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#publish()).catch((error: unknown) => this.#note(error));
    return this.#looking;
  }

  async #publish(): Promise<void> {
    const { SKEIN_CONFIG, DEV_KEY } = this.settings;
    const document: unknown = SKEIN_CONFIG === undefined ? null : readYaml(await readFile(SKEIN_CONFIG, 'utf8'));
    const revision = toKeysRevision(document, DEV_KEY);
    this.#lastProblem = undefined;
    if (revision.revision === this.#publishedRevision) return;
    await this.bus.putSnapshot(KeysSnapshot, revision);
    this.#publishedRevision = revision.revision;
    this.logger.info({ revision: revision.revision, keys: revision.keys.length }, 'keys are out');
  }

  /** Says each problem once, not at every look. */
  #note(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    if (problem === this.#lastProblem) return;
    this.#lastProblem = problem;
    const problems = error instanceof KeysDocumentError ? error.problems : [problem];
    this.logger.error(
      { file: this.settings.SKEIN_CONFIG, problems },
      'the keys were not changed; the last good revision stays',
    );
  }
}

/** Throws `KeysDocumentError`. An empty file is taken for one that is being written, not for "no keys". */
function readYaml(text: string): unknown {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    // The message names line and column and quotes the line, which may hold a key someone wrote in the clear.
    const where = error instanceof Error ? (/at line \d+, column \d+/.exec(error.message)?.[0] ?? '') : '';
    throw new KeysDocumentError([`the document is not YAML ${where}`.trim()]);
  }
  if (document === null || document === undefined) throw new KeysDocumentError(['the document is empty']);
  return document;
}
