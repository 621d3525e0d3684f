import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A response that its caller wanted kept. `json`, not `jsonb`: what is said comes from outside, as it is. */
@Entity('stored_responses')
export class StoredResponseRow {
  @PrimaryColumn({ type: 'text' }) tenant!: string;
  @PrimaryColumn({ type: 'text' }) id!: string;
  @Column({ type: 'text', name: 'previous_id', nullable: true }) previousId!: string | null;
  @Column({ type: 'json' }) input!: object;
  @Column({ type: 'json' }) response!: object;
  @Column({ type: 'timestamptz', name: 'kept_at' }) keptAt!: Date;
}
