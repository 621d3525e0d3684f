import type { KeyRecord } from '@skein/contracts/billing';
import type { Rpc } from '@skein/contracts/make';
import type { CompletionOrder, CompletionResult } from '@skein/contracts/orchestrator';
import type { RequestBody } from '@skein/contracts/wire';
import type { Admitted, LimitName } from '@skein/limits';

/** A request that was let in: checked, authenticated, within its limits. */
export interface AdmittedChat {
  readonly key: KeyRecord;
  readonly order: CompletionOrder;
  readonly body: RequestBody;
  readonly receivedAt: number;
  readonly admission: Admitted;
  /** The tightest of each kind that hold for its caller. */
  readonly limits: Readonly<Record<LimitName, number | null>>;
  /** Who conducts it, where that is not the orchestrator. */
  readonly conductor?: Rpc<CompletionOrder, CompletionResult>;
}
