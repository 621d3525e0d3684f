import { formatUsd } from '@skein/catalog';
import type { Strategy } from '@skein/contracts/gateway';
import type { RouteCandidate } from '@skein/contracts/router';
import type { Estimate } from './deployment.js';
import { limitsFor } from './limits.js';
import { outputBoundFor } from './output-length.js';
import { trimFor } from './trim-context.js';
import { doubtsAbout, type Grounds } from './walls.js';

/** An entry of the plan as the conductor, the customer and `explain` read it. `strategy` is null where none chose. */
export function candidateOf(
  estimate: Estimate,
  score: number,
  strategy: Strategy | null,
  grounds: Grounds,
  notices: readonly string[],
): RouteCandidate {
  const { contender, health } = estimate;
  const { vendor, model } = contender.deployment;
  const output = outputBoundFor(estimate, grounds);
  const trim = trimFor(estimate, grounds);
  return {
    vendor,
    model,
    score: Math.round(score * 10_000) / 10_000,
    reason: reasonFor(estimate, strategy),
    expected: {
      input_tokens: estimate.inputTokens,
      output_tokens: estimate.outputTokens,
      cost_nano_usd: estimate.costNanoUsd,
      latency_ms: estimate.latencyMs,
    },
    limits: limitsFor(estimate, grounds.request, grounds.compiled.policy.timeouts),
    notices: [
      ...contender.notices,
      ...doubtsAbout(estimate, grounds),
      ...notices,
      ...(output === null ? [] : [output.notice]),
      ...(trim === null ? [] : [trim.notice]),
    ],
    hedge_after_ms: (grounds.request.stream ? health?.first_byte_p95_ms : health?.total_p95_ms) ?? null,
    ...(output !== null && { max_output_tokens: output.tokens }),
    ...(trim !== null && { keep_share: trim.share }),
  };
}

/** One short sentence in ASCII: it travels in a header. */
function reasonFor({ contender, quality, costNanoUsd, latencyMs }: Estimate, strategy: Strategy | null): string {
  if (strategy === null || contender.origin === 'fallback') return contender.because;
  const figures = [
    quality === null ? 'quality unknown' : `quality ${quality}`,
    costNanoUsd === null ? 'price unknown' : `$${formatUsd(costNanoUsd)}`,
    ...(latencyMs === null ? [] : [`${Math.round(latencyMs)} ms`]),
  ];
  return `${strategy}: ${contender.because} (${figures.join(', ')})`;
}
