import type { Problem, ProblemKind } from './wire.js';

const TYPE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};
const MESSAGE_BY_TYPE: Readonly<Record<string, string>> = {
  invalid_request_error: 'The request was rejected.',
  authentication_error: 'invalid x-api-key',
  billing_error:
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  permission_error: 'Your API key does not have permission to use the specified resource.',
  not_found_error: 'Not found',
  request_too_large: 'Request exceeds the maximum size',
  rate_limit_error: "This request would exceed your organization's rate limit. Please try again later.",
  api_error: 'Internal server error',
  timeout_error: 'Request timed out',
  overloaded_error: 'Overloaded',
};

const STATUS: Readonly<Record<ProblemKind, number | undefined>> = {
  no_key: 401,
  bad_key: 401,
  no_model: 404,
  no_route: 404,
  not_json: 400,
  bad_request: 400,
  too_large: 413,
  rate_limited: 429,
  forced: undefined,
};
const MESSAGE: Readonly<Record<ProblemKind, (problem: Problem) => string | undefined>> = {
  no_key: () => 'x-api-key header is required',
  bad_key: () => 'API key is invalid.',
  no_model: ({ model }) => `model: ${model}`,
  no_route: () => 'Not Found',
  not_json: () => 'The request body is not valid JSON: unexpected character: line 1 column 1 (char 0)',
  bad_request: ({ message }) => message,
  too_large: () => undefined,
  rate_limited: () => undefined,
  forced: ({ message }) => message,
};

/** Status and JSON of the problem in Anthropic's words. A problem with the key carries no request id, as recorded. */
export function anthropicProblem(problem: Problem, requestId: string): { status: number; body: unknown } {
  const status = STATUS[problem.kind] ?? problem.status;
  const type = problem.code ?? TYPE_BY_STATUS[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  const message = MESSAGE[problem.kind](problem) ?? MESSAGE_BY_TYPE[type] ?? type;
  const isKeyProblem = problem.kind === 'no_key' || problem.kind === 'bad_key';
  return { status, body: { type: 'error', error: { type, message }, request_id: isKeyProblem ? null : requestId } };
}
