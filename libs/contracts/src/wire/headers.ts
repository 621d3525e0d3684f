/**
 * The envelope of calls and facts is NATS headers; frames have a five-byte head instead (see frame.ts).
 * Names are as any language would write them; values are ASCII.
 */
export const headerNames = {
  requestId: 'Skein-Request',
  tenant: 'Skein-Tenant',
  /** Whole milliseconds left until the caller stops waiting. */
  remainingMs: 'Skein-Remaining-Ms',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  contract: 'Skein-Contract',
  /** JSON envelope of a call that carries the customer's bytes as its payload. */
  envelope: 'Skein-Envelope',
  /** Name of the stored object that holds the payload (claim check), when it is over the server's limit. */
  claim: 'Skein-Claim',
  /** On replies: `accepted` marks an interim reply; its body is `{ "instance": … }`. */
  interim: 'Skein-Interim',
  /** On the frames and replies of the NATS door. */
  kind: 'skein-kind',
  serviceError: 'Nats-Service-Error',
  serviceErrorCode: 'Nats-Service-Error-Code',
  messageId: 'Nats-Msg-Id',
} as const;
