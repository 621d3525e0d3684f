import type { Type } from '@nestjs/common';
import type { Bus } from '@skein/bus';
import type { Environment, SettingsOf, SettingsSpec } from '@skein/config';
import type { Logger } from '@skein/telemetry';

/** Injection tokens every room finds in its container. Always inject with `@Inject(TOKEN)`. */
export const BUS = Symbol('BUS');
export const SETTINGS = Symbol('SETTINGS');
export const LOGGER = Symbol('LOGGER');
export const READINESS = Symbol('READINESS');

/** Named checks that must hold before the process calls itself ready. */
export interface Readiness {
  /** Adds a check; `check` answers at once from what the room already knows. */
  add(name: string, check: () => boolean): void;
}

/** What a room is given when it starts. */
export interface RoomContext<Spec extends SettingsSpec = SettingsSpec> {
  readonly bus: Bus;
  readonly settings: SettingsOf<Spec>;
  readonly logger: Logger;
  readonly readiness: Readiness;
}

export interface RunningRoom {
  /** Stops taking work, lets what is under way finish within `graceMs`, and closes what it opened. */
  stop(graceMs: number): Promise<void>;
}

export interface RoomDefinition<Spec extends SettingsSpec = SettingsSpec> {
  readonly name: string;
  readonly settings: Spec;
  readonly module: Type;
  /** Given for rooms that are more than handlers on the bus (the gateway's HTTP door). */
  readonly host?: (context: RoomContext<Spec>) => Promise<RunningRoom>;
}

/** Makes the definition of a room, so that `main.ts` and the standalone start it alike. */
export function defineRoom<Spec extends SettingsSpec>(room: RoomDefinition<Spec>): RoomDefinition<Spec> {
  return room;
}

export type { Environment };
