/** Posts to and asks a ledger that is filled up to a number of rows. DATABASE_URL in the environment. */
import 'reflect-metadata';
import { processEnvironment } from '@skein/config';
import { toPosting } from '../../../../services/billing/dist/src/ledger/to-posting.js';
import { answerLaps, type Way } from '../parts/answer-laps.ts';
import { nextFact } from '../parts/attempt-fact.ts';
import { openLedger } from '../parts/open-ledger.ts';
import { LEDGER_SIZES, fillTo, type LedgerWay } from './ledger-growth.ts';

const AT_ONCE = 100;
const FILLED_AT_ONCE = 50_000;
const KEYS = 1_000;
const { ledger, store, columns } = await openLedger(processEnvironment()['DATABASE_URL'] ?? '');
const pattern = { ...toPosting(nextFact()), key_id: 'pattern' };
await ledger.post([pattern]);
let filled = 0;

/** Copies of one posting, over many keys and the days before now. */
async function fill(rows: number): Promise<void> {
  const other: Readonly<Record<string, string>> = {
    attempt_id: `'att_filled_' || no`,
    request_id: `'req_filled_' || no`,
    key_id: `'bench-' || (no % ${KEYS})`,
    at: `now() - no * interval '1 second'`,
  };
  const names = columns.map((name) => `"${name}"`).join(', ');
  const values = columns.map((name) => other[name] ?? `"${name}"`).join(', ');
  while (filled < rows) {
    const upTo = Math.min(rows, filled + FILLED_AT_ONCE);
    await store.query(
      `INSERT INTO ledger_postings (${names}) SELECT ${values} FROM ledger_postings, generate_series($1::int, $2::int) no
       WHERE attempt_id = $3`,
      [filled + 1, upTo, pattern.attempt_id],
    );
    filled = upTo;
  }
  await store.query('ANALYZE ledger_postings');
}

const ways: Record<LedgerWay, Way> = {
  'postings, 100 at once': async () => {
    const { posted } = await ledger.post(Array.from({ length: AT_ONCE }, () => toPosting(nextFact())));
    return posted;
  },
  "a key's usage": async () => {
    await ledger.reportUsage({ tenant: 'bench', keyId: 'bench-7', since: null });
  },
};
answerLaps({ ...ways, ...Object.fromEntries(LEDGER_SIZES.map((rows) => [fillTo(rows), () => fill(rows)])) });
