import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, LOGGER } from '@skein/boot';
import type { Bus, ReadFact } from '@skein/bus';
import { AttemptFinished, AttemptStarted } from '@skein/contracts/attempt';
import type { Fact } from '@skein/contracts/make';
import { CompletionFinished } from '@skein/contracts/orchestrator';
import { isSampled, linkedSpan, type Logger } from '@skein/telemetry';
import { newsOfEnd, newsOfStart, type AttemptNews } from './fold-attempt.js';
import { RecordsRepository, type FinishedRequest } from './records.repository.js';

/** More after an outage would be one long statement, and one long wait of whoever asks meanwhile. */
const MOST_AT_ONCE = 1_000;

interface Batch {
  readonly news: AttemptNews[];
  readonly finished: FinishedRequest[];
  readonly links: Set<string>;
}

/** Reads every fact of the mesh and keeps what belongs in the record of a request. */
@Injectable()
export class RecordsFeed implements OnApplicationBootstrap {
  /** What is done with each kind of fact; kinds that no record is made of are passed over. */
  readonly #readers = new Map([
    reader(AttemptStarted, (fact, batch) => void batch.news.push(newsOfStart(fact))),
    reader(AttemptFinished, (fact, batch) => void batch.news.push(newsOfEnd(fact))),
    reader(CompletionFinished, (fact, batch, read) => void batch.finished.push({ fact, json: read.json })),
  ]);

  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(RecordsRepository) private readonly records: RecordsRepository,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.bus.readFacts('records-facts', (facts) => this.#keep(facts));
  }

  async #keep(facts: readonly ReadFact[]): Promise<void> {
    for (let start = 0; start < facts.length; start += MOST_AT_ONCE)
      await this.#keepSome(facts.slice(start, start + MOST_AT_ONCE));
  }

  async #keepSome(facts: readonly ReadFact[]): Promise<void> {
    const batch: Batch = { news: [], finished: [], links: new Set() };
    for (const fact of facts) {
      const problem = this.#readers.get(fact.subject)?.(fact, batch);
      // It would come again for ever and hold up all others.
      if (problem !== undefined)
        this.logger.error({ subject: fact.subject, problem }, 'a fact is unreadable and was not recorded');
    }
    const links = [...batch.links];
    await linkedSpan('records.keep', { kind: 'consumer', links, attributes: { 'skein.facts': facts.length } }, () =>
      this.records.keep(batch.news, batch.finished),
    );
  }
}

/** Reads one kind of fact into a batch; says what is wrong with one that does not fit its contract. */
function reader<Body extends { traceparent?: string }>(
  fact: Fact<Body>,
  take: (body: Body, batch: Batch, read: ReadFact) => void,
): [string, (read: ReadFact, batch: Batch) => string | undefined] {
  return [
    fact.subject,
    (read, batch) => {
      const checked = read.check(fact);
      if (!checked.success)
        return checked.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; ');
      if (isSampled(checked.data.traceparent)) batch.links.add(checked.data.traceparent);
      take(checked.data, batch, read);
      return undefined;
    },
  ];
}
