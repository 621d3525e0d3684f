import type { JsonObject } from './json.js';
import type { Problem, ProblemKind } from './wire.js';

const STATUS_NAME: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};
const FORCED_MESSAGE: Readonly<Record<number, string>> = {
  429: 'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.',
  500: 'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
  503: 'The model is overloaded. Please try again later.',
  504: 'Deadline expired before operation could complete.',
};
const KEY_NOT_VALID = 'API key not valid. Please pass a valid API key.';

interface Words {
  status: number;
  message: string;
  details?: JsonObject[];
}

// Gemini answers a wrong key with 400 and a missing one with 403; it never sends 401 for a key.
const USUAL: Readonly<Record<ProblemKind, (problem: Problem) => Words>> = {
  no_key: () => ({
    status: 403,
    message:
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  }),
  bad_key: () => ({
    status: 400,
    message: KEY_NOT_VALID,
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
        metadata: { service: 'generativelanguage.googleapis.com' },
      },
      { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message: KEY_NOT_VALID },
    ],
  }),
  no_model: ({ model, param }) => ({
    status: 404,
    message: `models/${model} is not found for API version v1beta, or is not supported for ${param ?? 'generateContent'}. Call ModelService.ListModels to see the list of available models and their supported methods.`,
  }),
  no_route: () => ({ status: 404, message: 'Requested entity was not found.' }),
  not_json: () => ({ status: 400, message: 'Invalid JSON payload received. Unexpected token.' }),
  bad_request: ({ message }) => ({ status: 400, message: message ?? 'Request contains an invalid argument.' }),
  too_large: () => ({ status: 400, message: 'Request payload size exceeds the limit: 20971520 bytes.' }),
  rate_limited: () => ({ status: 429, message: FORCED_MESSAGE[429] ?? '' }),
  forced: ({ status }) => ({ status, message: FORCED_MESSAGE[status] ?? 'The request was rejected.' }),
};

/** Status and JSON of the problem in Google's words. The wait after a 429 stands in the body (RetryInfo), not in a header. */
export function googleProblem(problem: Problem): { status: number; body: unknown } {
  const usual = USUAL[problem.kind](problem);
  const details = [...(usual.details ?? []), ...(usual.status === 429 ? quotaDetails(problem) : [])];
  const error = {
    code: usual.status,
    message: problem.message ?? usual.message,
    status: problem.code ?? STATUS_NAME[usual.status] ?? (usual.status >= 500 ? 'INTERNAL' : 'FAILED_PRECONDITION'),
    ...(details.length > 0 ? { details } : {}),
  };
  return { status: usual.status, body: { error } };
}

function quotaDetails({ retryAfterSeconds, model }: Problem): JsonObject[] {
  const violation = {
    quotaMetric: 'generativelanguage.googleapis.com/generate_content_paid_tier_requests',
    quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-PaidTier',
    quotaDimensions: { location: 'global', model: model ?? '' },
    quotaValue: '1000',
  };
  return [
    { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [violation] },
    ...(retryAfterSeconds === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterSeconds}s` }]),
  ];
}
