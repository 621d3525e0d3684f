/** One visit to one way of doing one part. Ways of the same part are compared with one another. */
export interface PartVisit {
  readonly part: string;
  readonly way: string;
  /** At once; 0 for what is plain computation. */
  readonly inFlight: number;
  readonly round: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** CPU for one, µs, over all processes that take part. */
  readonly cpuUs: number;
}
