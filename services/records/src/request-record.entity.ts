import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the sink of a request said at its end. */
@Entity('request_records')
export class RequestRecordRow {
  @PrimaryColumn({ type: 'text' }) tenant!: string;
  @PrimaryColumn({ type: 'text' }) id!: string;
  @Column({ type: 'text' }) kind!: string;
  @Column({ type: 'text' }) status!: string;
  @Column({ type: 'timestamptz', name: 'finished_at' }) finishedAt!: Date;
  /** The fact as it was stated. `object`, because TypeORM's types cannot carry its shape. */
  @Column({ type: 'json' }) finished!: object;
}
