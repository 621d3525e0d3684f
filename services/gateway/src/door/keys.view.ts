import { hash } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BUS, READINESS, type Readiness } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { KeysSnapshot, type KeyRecord, type KeysRevision } from '@skein/contracts/billing';
import { SkeinError } from '@skein/contracts/errors';
import type { Scope } from '@skein/limits';
import type { DoorHeaders } from './read-chat.js';

/** The keys in force, from billing's snapshot. Keeps answering with the last revision when billing is down. */
@Injectable()
export class KeysView implements OnApplicationBootstrap, OnApplicationShutdown {
  #byHash = new Map<string, KeyRecord>();
  #tenants: KeysRevision['tenants'] = {};
  #stop: (() => void) | undefined;

  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(READINESS) readiness: Readiness,
  ) {
    readiness.add('keys', () => this.#byHash.size > 0);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.#stop = await this.bus.watchSnapshot(KeysSnapshot, (revision) => {
      this.#byHash = new Map(revision.keys.map((key) => [key.sha256, key]));
      this.#tenants = revision.tenants;
    });
  }

  onApplicationShutdown(): void {
    this.#stop?.();
  }

  /** Who is calling. Throws `invalid_api_key`; the key itself is never repeated. */
  authenticate(headers: DoorHeaders): KeyRecord {
    const key = readKey(headers);
    if (key === null) {
      throw new SkeinError('invalid_api_key', 'No API key was sent: use the header "Authorization: Bearer <key>"');
    }
    const record = this.#byHash.get(hash('sha256', key));
    if (record === undefined) throw new SkeinError('invalid_api_key', 'This API key is not known');
    return record;
  }

  /** Everything that limits a key: itself, and its tenant as a whole. */
  scopesOf(key: KeyRecord): Scope[] {
    const tenant = this.#tenants[key.tenant];
    return [
      { id: `key:${key.id}`, limits: key.limits },
      ...(tenant === undefined ? [] : [{ id: `tenant:${key.tenant}`, limits: tenant }]),
    ];
  }
}

function readKey(headers: DoorHeaders): string | null {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers['authorization'] ?? '')?.[1];
  return bearer ?? headers['x-api-key'] ?? null;
}
