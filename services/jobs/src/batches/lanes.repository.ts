import { Inject, Injectable } from '@nestjs/common';
import { askStore, inTransaction } from '@skein/store';
import type { DataSource } from 'typeorm';
import { JOBS_STORE } from '../jobs.repository.js';
import type { MergeableLine } from './merge-lane/judge-line.js';

export interface UndecidedLine {
  readonly lineNo: number;
  readonly body: object;
}

interface Place {
  readonly lineNo: number;
  readonly vendor: string | null;
  readonly model: string | null;
}

export type DecidedLine = Place &
  (
    | { readonly lane: 'realtime' | 'vendor'; readonly merge: null }
    | { readonly lane: 'merge'; readonly merge: MergeableLine }
  );

/** Lines that have no lane yet. */
@Injectable()
export class LanesRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /** Some of them, until they have `bytes` together. */
  undecided(batchId: string, most: number, bytes: number): Promise<UndecidedLine[]> {
    return askStore(() =>
      this.store.query<UndecidedLine[]>(
        `WITH next AS (
           SELECT line_no, bytes FROM batch_lines
           WHERE batch_id = $1 AND status = 'queued' AND lane = 'undecided' ORDER BY line_no LIMIT $2
         ), weighed AS (
           SELECT line_no, sum(bytes) OVER (ORDER BY line_no) - bytes AS before FROM next
         )
         SELECT line_no AS "lineNo", body FROM weighed JOIN batch_lines USING (line_no)
         WHERE batch_id = $1 AND before < $3 ORDER BY line_no`,
        [batchId, most, bytes],
      ),
    );
  }

  /** Notes where lines go; those of a kind are merged by the policy that the first of them was judged by. */
  async decide(batchId: string, lines: readonly DecidedLine[]): Promise<void> {
    const kinds = new Map(lines.flatMap(({ merge }) => (merge === null ? [] : [[merge.key, merge] as const])));
    await inTransaction(this.store, async (manager) => {
      if (kinds.size > 0) {
        await manager.query(
          `INSERT INTO merge_kinds (batch_id, key, policy, shared_tokens)
           SELECT $1, kind.* FROM unnest($2::text[], $3::jsonb[], $4::integer[]) AS kind ON CONFLICT DO NOTHING`,
          [
            batchId,
            [...kinds.keys()],
            [...kinds.values()].map(({ policy }) => JSON.stringify(policy)),
            [...kinds.values()].map(({ sharedTokens }) => sharedTokens),
          ],
        );
      }
      await manager.query(
        `UPDATE batch_lines line SET lane = decided.lane, vendor = decided.vendor, model = decided.model,
           merge_key = decided.merge_key, input_tokens = decided.input_tokens, answer_tokens = decided.answer_tokens
         FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::integer[])
           AS decided (line_no, lane, vendor, model, merge_key, input_tokens, answer_tokens)
         WHERE line.batch_id = $1 AND line.line_no = decided.line_no AND line.lane = 'undecided'`,
        [
          batchId,
          lines.map(({ lineNo }) => lineNo),
          lines.map(({ lane }) => lane),
          lines.map(({ vendor }) => vendor),
          lines.map(({ model }) => model),
          lines.map(({ merge }) => merge?.key ?? null),
          lines.map(({ merge }) => merge?.inputTokens ?? null),
          lines.map(({ merge }) => merge?.answerTokens ?? null),
        ],
      );
    });
  }
}
