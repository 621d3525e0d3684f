import type { Environment } from '@skein/config';
import type { Address } from './request.ts';

export interface Place {
  /** Where it is to listen; one for each of its doors. */
  readonly ports: readonly number[];
  /** The mock vendor, as http://host:port. */
  readonly upstream: string;
  /** An empty directory of the target's own. */
  readonly directory: string;
  readonly environment: Environment;
}

export interface Start {
  /** A Node script with its arguments, or another program where `program` is given. */
  readonly command: readonly string[];
  readonly program?: string;
  readonly environment: Environment;
}

/** Something that is measured: how it is started so that it listens on its ports and asks the mock vendor at `upstream`. */
export interface Target {
  readonly name: string;
  readonly kind: 'direct' | 'floor' | 'peer' | 'skein';
  readonly what: string;
  /** Null: there is nothing to start, the load goes to the mock vendor itself. */
  readonly start: ((place: Place) => Start) | null;
  /** The process that is started is the bench's own and only starts the target's: it is no part of the figures. */
  readonly hasLauncher?: boolean;
  /** Default 1. */
  readonly doors?: number;
  /** How it is asked, where it differs from the others. */
  readonly address?: (upstream: string) => Address;
  /** Why it cannot be measured on this machine; null when it can. */
  readonly missing?: () => string | null;
}
