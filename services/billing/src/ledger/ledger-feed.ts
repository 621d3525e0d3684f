import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LOGGER } from '@skein/boot';
import type { Bus, ReadFact } from '@skein/bus';
import { AttemptFinished, type AttemptFinishedFact } from '@skein/contracts/attempt';
import { isSampled, traceIdOf, withSpan, type Logger } from '@skein/telemetry';
import { LedgerRepository, type PostedBatch } from './ledger.repository.js';
import { toPosting } from './to-posting.js';

/**
 * Reads what attempts used and posts it. A batch is acknowledged when it is committed; until then its facts wait in
 * JetStream and come again, which changes nothing in the ledger.
 */
@Injectable()
export class LedgerFeed implements OnApplicationBootstrap {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(LedgerRepository) private readonly ledger: LedgerRepository,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.bus.readFacts('billing-attempts', (facts) => this.#post(facts));
  }

  async #post(read: readonly ReadFact[]): Promise<void> {
    const facts = read.flatMap((fact) => this.#check(fact));
    if (facts.length === 0) return;
    const done = await inEveryTrace(facts, () => this.ledger.post(facts.map(toPosting)));
    this.logger.debug({ facts: facts.length, ...done }, 'posted');
  }

  /** A fact that cannot be read would come again for ever and hold up all others; the log keeps what it was about. */
  #check(fact: ReadFact): AttemptFinishedFact[] {
    const checked = fact.check(AttemptFinished);
    if (checked.success) return [checked.data];
    const { subject, body } = fact;
    const problems = checked.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
    this.logger.error(
      { subject, attempt: attemptIdOf(body), problems },
      'an attempt fact is unreadable and was not posted',
    );
    return [];
  }
}

function attemptIdOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'attempt_id' in body ? body.attempt_id : null;
}

/** Runs `post` once, and shows it as a span of every recorded trace in the batch: each request's trace ends here. */
async function inEveryTrace(
  facts: readonly AttemptFinishedFact[],
  post: () => Promise<PostedBatch>,
): Promise<PostedBatch | undefined> {
  const recorded = facts.map(({ traceparent }) => traceparent).filter(isSampled);
  const traces = new Map(recorded.map((traceparent) => [traceIdOf(traceparent), traceparent]));
  if (traces.size === 0) return post();
  let posting: Promise<PostedBatch> | undefined;
  const spans = [...traces.values()].map((parent) =>
    withSpan(
      'ledger.post',
      { kind: 'consumer', parent, attributes: { 'skein.facts': facts.length } },
      () => (posting ??= post()),
    ),
  );
  await Promise.all(spans);
  return posting;
}
