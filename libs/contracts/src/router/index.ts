export {
  DecideRoute,
  answerAcceptance,
  attemptLimits,
  routeCandidate,
  routePlan,
  type AnswerAcceptance,
  type AttemptLimits,
  type DecideRouteRequest,
  type RouteCandidate,
  type RoutePlan,
} from './decide-route.js';
export { PolicySnapshot, policyDocument, type PolicyDocument, type PolicyRevision } from './policy.js';
