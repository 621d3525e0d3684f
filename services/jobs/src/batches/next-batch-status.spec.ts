import { describe, expect, it } from '@jest/globals';
import { batchStatuses } from '@skein/contracts/jobs';
import { batchEvents, batchMoveOf, nextBatchStatus } from './next-batch-status.js';

describe('the status of a batch', () => {
  it.each(batchEvents)('%s moves to one status only', (event) => {
    const { from, to } = batchMoveOf(event);
    for (const status of batchStatuses) expect(nextBatchStatus[event][status]).toBe(from.includes(status) ? to : null);
  });

  it('is not closed as run to its end once it is being cancelled', () => {
    expect(nextBatchStatus.close.cancelling).toBeNull();
    expect(nextBatchStatus.wind_up).toMatchObject({ cancelling: 'finalizing', in_progress: null });
  });

  it.each(['completed', 'failed', 'expired', 'cancelled'] as const)('%s is an end', (status) => {
    for (const event of batchEvents) expect(nextBatchStatus[event][status]).toBeNull();
  });
});
