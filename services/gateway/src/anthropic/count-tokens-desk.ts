import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import type { Bus } from '@skein/bus';
import { isVendorId, vendorById } from '@skein/catalog';
import { CountTokens } from '@skein/contracts/classifier';
import { SkeinError, fromWireError, toSkeinError } from '@skein/contracts/errors';
import { ExplainRoute } from '@skein/contracts/orchestrator';
import { RequestBody, type CallContext } from '@skein/contracts/wire';
import { KeysView } from '../door/keys.view.js';
import { readMetadata, type DoorHeaders } from '../door/read-chat.js';
import { readCountRequest } from './messages-request.js';
import { readBetas, toChatPrompt } from './to-chat.js';

const COUNT_MS = 10_000;

export interface TokenCount {
  readonly input_tokens: number;
}

/**
 * Counts a prompt before it is sent: the classifier's count by o200k, times the factor by which the vendor that would answer
 * counts differently. Good for admission, not for money. Nothing is run and no vendor is asked.
 */
@Injectable()
export class CountTokensDesk {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(KeysView) private readonly keys: KeysView,
  ) {}

  /** Throws the caller's `SkeinError`, and `unavailable` where nobody is there to count. */
  async count(
    bytes: Uint8Array,
    headers: DoorHeaders,
    requestId: string,
    traceparent: string | undefined,
  ): Promise<TokenCount> {
    const { tenant } = this.keys.authenticate(headers);
    const request = readCountRequest(new RequestBody(bytes));
    const body = RequestBody.of(toChatPrompt(request, readBetas(headers['anthropic-beta'])));
    const context: CallContext = { requestId, tenant, deadline: performance.now() + COUNT_MS, traceparent };
    const metadata = readMetadata(undefined, headers);
    const asked = { tenant, model: request.model, stream: false, max_output_tokens: null, metadata };
    const [{ plan, error }, { tokens }] = await Promise.all([
      this.bus.call(ExplainRoute, asked, context, { body }),
      this.bus.call(CountTokens, {}, context, { body }),
    ]).catch(nobodyThere);
    if (plan === null) throw error === null ? uncounted() : fromWireError(error);
    return { input_tokens: Math.ceil(tokens * factorOf(plan.candidates[0]?.vendor)) };
  }
}

function factorOf(vendor: string | undefined): number {
  return vendor !== undefined && isVendorId(vendor) ? vendorById(vendor).quirks.tokenFactor : 1;
}

function nobodyThere(thrown: unknown): never {
  const error = toSkeinError(thrown);
  throw error.code === 'no_responders' ? uncounted(error) : error;
}

const uncounted = (cause?: unknown) =>
  new SkeinError('unavailable', 'Nobody is there to count tokens at the moment; please try again', {
    retryAfterMs: 1_000,
    cause,
  });
