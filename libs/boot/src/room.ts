import type { Type } from '@nestjs/common';
import type { Bus } from '@skein/bus';
import type { SettingsOf, SettingsSpec } from '@skein/config';
import type { Logger, MetricsHandler } from '@skein/telemetry';

/** Injection tokens every room finds in its container. Always inject with `@Inject(TOKEN)`. */
export const BUS = Symbol('BUS');
export const SETTINGS = Symbol('SETTINGS');
export const LOGGER = Symbol('LOGGER');
export const READINESS = Symbol('READINESS');
export const LIFECYCLE = Symbol('LIFECYCLE');

/** Named checks that must hold before the process calls itself ready. */
export interface Readiness {
  /** Adds a check; `check` answers at once from what the room already knows: does it hold, or in words why it does not. */
  add(name: string, check: () => boolean | string): void;
  /** Names of the checks of this process that do not hold, with the reason where one is known; empty when it is ready. */
  missing(): string[];
}

/** Moments of the process that Nest's own hooks do not tell: its rooms can be asked; the bus is about to be drained. */
export interface Lifecycle {
  /** Adds something to do once all rooms of the process answer on the bus: nobody is told of them before. */
  onServing(step: () => void): void;
  /** Adds a step: stop taking work, and resolve when what is under way has ended or `graceMs` is over. */
  onDrain(step: (graceMs: number) => Promise<void>): void;
  /** Adds something to close when the room has been drained. */
  onClose(step: () => Promise<void> | void): void;
}

/** What a room is given when it starts. */
export interface RoomContext<Spec extends SettingsSpec = SettingsSpec> {
  readonly bus: Bus;
  readonly settings: SettingsOf<Spec>;
  readonly logger: Logger;
  readonly readiness: Readiness;
  readonly lifecycle: Lifecycle;
  /** Answers a Prometheus scrape for the whole process. */
  readonly metrics: MetricsHandler;
}

export interface RunningRoom {
  /** Closes what the room opened. By then it has been drained. */
  stop(): Promise<void>;
}

export interface RoomDefinition<Spec extends SettingsSpec = SettingsSpec> {
  readonly name: string;
  readonly settings: Spec;
  readonly module: Type;
  /** Given for rooms that are more than handlers on the bus (the gateway's HTTP door). */
  host?(context: RoomContext<Spec>): Promise<RunningRoom>;
}

/** Makes the definition of a room, so that `main.ts` and the standalone start it alike. */
export function defineRoom<Spec extends SettingsSpec>(room: RoomDefinition<Spec>): RoomDefinition<Spec> {
  return room;
}
