// OpenAI-shaped vendors agree on answers and differ in errors. One table per vendor family, from recorded bodies.
import { dialectOf } from './openai-dialects.js';
import type { Problem, ProblemKind } from './wire.js';

interface Words {
  status: number;
  message: string;
  type: string;
  code: string | null;
}

const FORCED: Readonly<Record<number, Omit<Words, 'status'>>> = {
  400: { message: 'The request was rejected.', type: 'invalid_request_error', code: null },
  401: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' },
  402: { message: 'Insufficient balance.', type: 'insufficient_quota', code: 'insufficient_quota' },
  403: {
    message: 'Country, region, or territory not supported',
    type: 'request_forbidden',
    code: 'unsupported_country_region_territory',
  },
  404: { message: 'The requested resource was not found.', type: 'invalid_request_error', code: 'model_not_found' },
  408: { message: 'Request timed out.', type: 'server_error', code: 'timeout' },
  413: { message: 'Request too large.', type: 'invalid_request_error', code: 'request_too_large' },
  429: {
    message: 'Rate limit reached for requests. Please try again later.',
    type: 'requests',
    code: 'rate_limit_exceeded',
  },
  500: {
    message: 'The server had an error while processing your request. Sorry about that!',
    type: 'server_error',
    code: null,
  },
  502: { message: 'Bad gateway.', type: 'server_error', code: null },
  503: {
    message: 'The engine is currently overloaded, please try again later',
    type: 'service_unavailable_error',
    code: 'service_unavailable',
  },
  504: { message: 'Gateway timeout.', type: 'server_error', code: 'timeout' },
};

const USUAL: Readonly<Record<ProblemKind, (problem: Problem) => Words>> = {
  no_key: () => ({
    status: 401,
    message:
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.",
    type: 'invalid_request_error',
    code: null,
  }),
  bad_key: () => ({
    status: 401,
    message:
      'Incorrect API key provided: bad-key. You can find your API key at https://platform.openai.com/account/api-keys.',
    type: 'invalid_request_error',
    code: 'invalid_api_key',
  }),
  no_model: ({ model }) => ({
    status: 404,
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    type: 'invalid_request_error',
    code: 'model_not_found',
  }),
  no_route: ({ message }) => ({
    status: 404,
    message: message ?? 'Invalid URL',
    type: 'invalid_request_error',
    code: null,
  }),
  not_json: () => ({
    status: 400,
    message:
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
    type: 'invalid_request_error',
    code: null,
  }),
  bad_request: ({ message }) => ({
    status: 400,
    message: message ?? 'Bad request.',
    type: 'invalid_request_error',
    code: null,
  }),
  too_large: () => ({
    status: 413,
    message: 'Request body is too large.',
    type: 'invalid_request_error',
    code: 'request_too_large',
  }),
  rate_limited: ({ model }) => ({
    status: 429,
    message: `Rate limit reached for ${model ?? 'this model'} on requests per min (RPM). Please try again later.`,
    type: 'requests',
    code: 'rate_limit_exceeded',
  }),
  forced: ({ status }) => ({
    status,
    ...(FORCED[status] ?? { message: `Upstream error ${status}.`, type: 'server_error', code: null }),
  }),
};

/** Status and JSON of the problem in the words of this vendor. */
export function openaiProblem(vendor: string, problem: Problem): { status: number; body: unknown } {
  const usual = USUAL[problem.kind](problem);
  const words: Words = {
    ...usual,
    ...(problem.message === undefined ? {} : { message: problem.message }),
    ...(problem.code === undefined ? {} : { code: problem.code }),
    ...(problem.code === 'insufficient_quota'
      ? {
          type: 'insufficient_quota',
          message: 'You exceeded your current quota, please check your plan and billing details.',
        }
      : {}),
  };
  return WRITERS[dialectOf(vendor).errors](words, problem);
}

type Written = { status: number; body: unknown };
const WRITERS: Readonly<Record<ReturnType<typeof dialectOf>['errors'], (words: Words, problem: Problem) => Written>> = {
  openai: ({ status, message, type, code }, { param }) => ({
    status,
    body: { error: { message, type, param: param ?? null, code } },
  }),
  groq: ({ status, message, type, code }, { kind }) => {
    const text = kind === 'bad_key' || kind === 'no_key' ? 'Invalid API Key' : message;
    return { status, body: { error: { message: text, type, code: kind === 'no_key' ? 'invalid_api_key' : code } } };
  },
  mistral: ({ status, message, type, code }, { kind, model }) => {
    if (status === 401) return { status, body: { detail: kind === 'no_key' ? 'Unauthorized' : 'Invalid API Key' } };
    if (kind === 'no_model') {
      const body = {
        object: 'error',
        message: `Invalid model: ${model}`,
        type: 'invalid_model',
        param: null,
        code: '1500',
        raw_status_code: 400,
      };
      return { status: 400, body };
    }
    return {
      status,
      body: {
        object: 'error',
        message,
        type: status === 429 ? 'rate_limited' : type,
        param: null,
        code: code ?? '1000',
        raw_status_code: status,
      },
    };
  },
  deepseek: ({ status, message, type }, { kind, model, code }) => {
    const error = (text: string, errorType: string): unknown => ({
      error: { message: text, type: errorType, param: null, code: code ?? 'invalid_request_error' },
    });
    if (kind === 'no_key')
      return {
        status,
        body: error('Authentication Fails (auth header format should be Bearer sk-...)', 'authentication_error'),
      };
    if (kind === 'bad_key')
      return { status, body: error('Authentication Fails, Your api key: ****-key is invalid', 'authentication_error') };
    if (kind !== 'no_model') return { status, body: error(message, type) };
    const text = `The supported API model names are deepseek-v4-pro or deepseek-v4-flash, but you passed ${model}.`;
    return { status: 400, body: error(text, 'invalid_request_error') };
  },
  azure: ({ status, message, type, code }, { kind }) => {
    if (status === 401) {
      const text =
        'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.';
      return { status, body: { error: { code: '401', message: text } } };
    }
    if (kind === 'no_model') {
      const text =
        'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.';
      return { status, body: { error: { type, code: 'DeploymentNotFound', message: text } } };
    }
    if (status === 429) return { status, body: { error: { code: 'RateLimitReached', message, details: message } } };
    return { status, body: { error: { message, type, param: null, code } } };
  },
  openrouter: ({ status, message }, { kind, model }) => {
    if (kind === 'no_key') return { status, body: { error: { message: 'No auth credentials found', code: 401 } } };
    if (kind === 'bad_key') return { status, body: { error: { message: 'User not found.', code: 401 } } };
    if (kind === 'no_model')
      return {
        status: 400,
        body: { error: { message: `${model} is not a valid model ID`, code: 400 }, user_id: 'user_sandbox' },
      };
    if (status !== 429) return { status, body: { error: { message, code: status } } };
    return {
      status,
      body: {
        error: { message: 'Provider returned error', code: 429, metadata: { raw: message, provider_name: 'Sandbox' } },
      },
    };
  },
  perplexity: ({ status, message, type }, { kind, model }) => {
    if (status === 401) {
      const text = 'Invalid API key provided. Ensure your API key is correct and active.';
      return { status, body: { error: { message: text, type: 'invalid_api_key', code: 401 } } };
    }
    if (kind === 'no_model')
      return {
        status: 400,
        body: { error: { message: `Invalid model '${model}'.`, type: 'invalid_model', code: 400 } },
      };
    return { status, body: { error: { message, type, code: status } } };
  },
  xai: ({ status, message, code }, { kind, model }) => {
    if (kind === 'bad_key' || kind === 'no_key') {
      const text = 'Incorrect API key provided. You can obtain an API key from https://console.x.ai.';
      return { status: kind === 'no_key' ? 401 : 400, body: { code: 'invalid-argument', error: text } };
    }
    if (kind === 'no_model')
      return { status: 400, body: { code: 'invalid-argument', error: `Model not found: ${model}` } };
    return { status, body: { code: code ?? 'internal', error: message } };
  },
};
