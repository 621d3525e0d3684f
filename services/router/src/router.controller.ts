import { Controller, Inject } from '@nestjs/common';
import { Serves, type ServedContext } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import { DecideRoute, type DecideRouteRequest, type RoutePlan } from '@skein/contracts/router';
import { inSpan } from '@skein/telemetry';
import { decideRoute } from './decide-route.js';
import { RouterViews } from './router-views.js';

/** Wire in → decideRoute() → wire out. */
@Controller()
export class RouterController {
  readonly #views: RouterViews;

  constructor(@Inject(RouterViews) views: RouterViews) {
    this.#views = views;
  }

  @Serves(DecideRoute)
  decide(request: DecideRouteRequest, context: ServedContext): RoutePlan {
    return inSpan('decide', { parent: context.traceparent }, () => this.#decide(request));
  }

  #decide(request: DecideRouteRequest): RoutePlan {
    const situation = this.#views.situation(Date.now());
    if (situation === null) throw new SkeinError('unavailable', 'The router has no policy yet.', { retryAfterMs: 500 });
    return decideRoute(request, situation);
  }
}
