/**
 * The life of one attempt, as a total table: every (state, event) pair has a row and there is no default. The conductor
 * drives it with what it hears; the records room folds facts through the same table, where an event may overtake another
 * (`finish` before `send`), so that only what would be a bug of the conductor is refused.
 */
export const attemptStates = [
  'planned',
  'sent',
  'accepted',
  'committed',
  'finished',
  'failed',
  'cancelled',
  'unknown',
] as const;
export type AttemptState = (typeof attemptStates)[number];

export const attemptEvents = ['send', 'accept', 'commit', 'finish', 'fail', 'cancel', 'lose', 'fence'] as const;
export type AttemptEvent = (typeof attemptEvents)[number];

/** `ignored`: late or repeated, harmless. `refused`: cannot happen; the caller has a bug. */
export type Transition = { readonly to: AttemptState } | 'ignored' | 'refused';

const to = (state: AttemptState): Transition => ({ to: state });

const endings = {
  finish: to('finished'),
  fail: to('failed'),
  cancel: to('cancelled'),
} as const;

const final: Record<AttemptEvent, Transition> = {
  send: 'ignored',
  accept: 'ignored',
  commit: 'ignored',
  finish: 'ignored',
  fail: 'ignored',
  cancel: 'ignored',
  lose: 'ignored',
  fence: 'ignored',
};

export const attemptTable: Record<AttemptState, Record<AttemptEvent, Transition>> = {
  planned: {
    ...endings,
    send: to('sent'),
    accept: 'refused',
    commit: 'refused',
    lose: to('unknown'),
    fence: 'ignored',
  },
  sent: {
    ...endings,
    send: 'refused',
    accept: to('accepted'),
    commit: to('committed'),
    lose: to('unknown'),
    fence: to('sent'),
  },
  accepted: {
    ...endings,
    send: 'refused',
    accept: 'ignored',
    commit: to('committed'),
    lose: to('unknown'),
    fence: to('accepted'),
  },
  committed: {
    ...endings,
    send: 'refused',
    accept: 'ignored',
    commit: 'ignored',
    lose: to('unknown'),
    fence: to('committed'),
  },
  finished: final,
  failed: final,
  cancelled: final,
  // A late fact knows better than the one who gave up waiting.
  unknown: { ...final, ...endings },
};

export interface AttemptLife {
  readonly state: AttemptState;
  /** Once fenced, the attempt's frames are dropped for good; what it used is still billed. */
  readonly fenced: boolean;
}

export const plannedAttempt: AttemptLife = { state: 'planned', fenced: false };

/** Has the attempt come to an end that only a late fact could change? */
export function isSettled(life: AttemptLife): boolean {
  return life.state === 'finished' || life.state === 'failed' || life.state === 'cancelled' || life.state === 'unknown';
}

/**
 * Moves an attempt by one event. Returns the same object when the event is ignored. A fenced attempt can no longer commit.
 * Throws a RangeError when the table refuses the pair.
 */
export function advanceAttempt(life: AttemptLife, event: AttemptEvent): AttemptLife {
  if (event === 'commit' && life.fenced) return life;
  const transition = attemptTable[life.state][event];
  if (transition === 'refused') throw new RangeError(`attempt in state "${life.state}" cannot take "${event}"`);
  if (transition === 'ignored') return life;
  return { state: transition.to, fenced: life.fenced || event === 'fence' };
}
