/** Where a policy asks for it, a prompt too long for a model is shortened to what fits, instead of passing the model over. */
import type { Estimate } from './deployment.js';
import type { Grounds } from './walls.js';

/** Estimates of tokens err by a few per cent. */
const MARGIN = 0.95;

/** Does the prompt, with the answer the caller wants, exceed what is known of the model's window? */
export function exceedsWindow({ contender, inputTokens }: Estimate, askedTokens: number): boolean {
  const window = contender.deployment.record?.context_window ?? null;
  return window !== null && inputTokens + askedTokens > window;
}

/** Share of the prompt that may stay, and the notice that goes with it; null: it fits, or nobody asked. */
export function trimFor(
  estimate: Estimate,
  { request, compiled }: Grounds,
): { readonly share: number; readonly notice: string } | null {
  const asked = request.max_output_tokens ?? 0;
  if (!compiled.policy.context.trim || (request.operation ?? 'chat') !== 'chat' || !exceedsWindow(estimate, asked))
    return null;
  const { record, id } = estimate.contender.deployment;
  const room = (record?.context_window ?? 0) - Math.max(asked, estimate.outputTokens);
  const share = Math.min(1, Math.max(0.001, (room * MARGIN) / estimate.inputTokens));
  const notice = `the prompt is too long for ${id}; its oldest turns are left out, ${Math.floor(100 * share)} % of it stays`;
  return { share, notice };
}
