import type { AttemptState } from '@skein/contracts/attempt';
import { safeInteger } from '@skein/store';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AttemptRecord } from './fold-attempt.js';

export type AttemptDetails = Pick<AttemptRecord, 'user' | 'task' | 'traceparent' | 'summary'>;

/** What is known of one attempt. `json`, not `jsonb`: names and messages come from outside, as they are. */
@Entity('attempt_records')
export class AttemptRecordRow {
  @PrimaryColumn({ type: 'text', name: 'attempt_id' }) id!: string;
  @Column({ type: 'text', name: 'request_id' }) requestId!: string;
  @Column({ type: 'text' }) tenant!: string;
  @Column({ type: 'integer', name: 'attempt_no' }) no!: number;
  @Column({ type: 'text' }) state!: AttemptState;
  @Column({ type: 'bigint', name: 'started_at_ms', transformer: safeInteger }) startedAt!: number;
  /** `AttemptDetails`; `object`, because TypeORM's types cannot carry its shape. */
  @Column({ type: 'json' }) details!: object;
}
