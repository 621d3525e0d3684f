import type { AttemptEnding, Caller } from '@skein/contracts/attempt';
import type { WireError } from '@skein/contracts/errors';
import type { Priority, RequestMetadata } from '@skein/contracts/gateway';
import type { JobStatus, JobSubmission } from '@skein/contracts/jobs';
import type { AttemptSummary, Explanation } from '@skein/contracts/orchestrator';
import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import type { Job } from './job.js';

/** The row of a job: the truth about it. */
@Entity('jobs')
export class JobRow {
  @PrimaryColumn({ type: 'text' }) id!: string;
  @Column({ type: 'text' }) tenant!: string;
  @Column({ type: 'json' }) caller!: Caller;
  @Column({ type: 'text', name: 'idempotency_key', nullable: true }) idempotencyKey!: string | null;
  @Column({ type: 'text' }) fingerprint!: string;
  @Column({ type: 'text' }) endpoint!: JobSubmission['endpoint'];
  @Column({ type: 'json' }) metadata!: RequestMetadata;
  @Column({ type: 'text' }) priority!: Priority;
  @Column({ type: 'boolean', name: 'retry_unknown' }) retryUnknown!: boolean;
  @Column({ type: 'integer', name: 'max_runs' }) maxRuns!: number;
  @Column({ type: 'timestamptz', name: 'deadline_at', nullable: true }) deadlineAt!: Date | null;
  @Column({ type: 'timestamptz', name: 'not_before', nullable: true }) notBefore!: Date | null;
  @Column({ type: 'timestamptz', name: 'created_at' }) createdAt!: Date;
  @Column({ type: 'text', nullable: true }) traceparent!: string | null;
  @Column({ type: 'text', name: 'on_exhausted' }) onExhausted!: Job['onExhausted'];
  @Column({ type: 'text', name: 'webhook_id', nullable: true }) webhookId!: string | null;
  @Column({ type: 'text' }) origin!: string;
  @Column({ type: 'text', nullable: true }) vendor!: string | null;
  @Column({ type: 'text', nullable: true }) target!: string | null;
  @Column({ type: 'timestamptz' }) place!: Date;
  @Column({ type: 'text' }) status!: JobStatus;
  @Column({ type: 'integer', insert: false }) epoch!: number;
  @Column({ type: 'integer', name: 'failed_runs', insert: false }) failedRuns!: number;
  @Column({ type: 'timestamptz', name: 'dispatched_at', nullable: true, insert: false }) dispatchedAt!: Date | null;
  @Column({ type: 'json', nullable: true, insert: false }) explanation!: Explanation | null;
  @Column({ type: 'boolean', name: 'payload_expired', insert: false }) payloadExpired!: boolean;
  @Column({ type: 'json', nullable: true, insert: false }) error!: WireError | null;
  @Column({ type: 'text', name: 'lease_owner', nullable: true, insert: false }) leaseOwner!: string | null;
  @Column({ type: 'timestamptz', name: 'lease_expires_at', nullable: true, insert: false })
  leaseExpiresAt!: Date | null;
  @Column({ type: 'timestamptz', name: 'started_at', nullable: true, insert: false }) startedAt!: Date | null;
  @Column({ type: 'timestamptz', name: 'finished_at', nullable: true, insert: false }) finishedAt!: Date | null;
  @OneToMany(() => JobAttemptRow, (attempt) => attempt.job) attempts!: JobAttemptRow[];
}

/** What is known of one attempt of a job. Only an unknown outcome is ever replaced. */
@Entity('job_attempts')
export class JobAttemptRow {
  @PrimaryColumn({ type: 'text', name: 'attempt_id' }) attemptId!: string;
  @Column({ type: 'text', name: 'job_id' }) jobId!: string;
  @Column({ type: 'bigint', insert: false }) position!: string;
  @Column({ type: 'text' }) outcome!: AttemptEnding;
  @Column({ type: 'json' }) summary!: AttemptSummary;
  @ManyToOne(() => JobRow, (job) => job.attempts)
  @JoinColumn({ name: 'job_id' })
  job!: Relation<JobRow>;
}
