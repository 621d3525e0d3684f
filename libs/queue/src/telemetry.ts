import { BullMQOtel } from 'bullmq-otel';

/** Carries trace context within jobs: what a worker does belongs to the trace of whoever added the job. */
export const queueTelemetry = new BullMQOtel({ tracerName: 'skein' });
