// Gemini on Vertex AI: Gemini's own shapes below a project and a location, with access tokens and Vertex's words for refusals.
import { googleProblem } from './google-errors.js';
import { googleWire } from './google-wire.js';
import { BAD_KEY, type Problem, type Reply, type VendorRequest, type Wire } from './wire.js';

// The version, project and location are part of the base URL; the sandbox's own base has none.
const ROUTE = /^(?:\/v1(?:beta1)?)?(?:\/projects\/[^/]+\/locations\/[^/]+)?\/publishers\/google(\/models\/.+)$/;
const HEADERS = { 'content-type': 'application/json; charset=UTF-8', vary: 'Origin' };
const NO_TOKEN =
  'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';
const BAD_TOKEN =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';

export const vertexWire: Wire = {
  refuseKey,
  glance: (request, body) => googleWire.glance(asGemini(request), body),
  read: (request, body, prompt, cachedTokens) => googleWire.read(asGemini(request), body, prompt, cachedTokens),
  requestId: (vendor, mint, now) => googleWire.requestId(vendor, mint, now),
  refuse,
};

/** The same request at Gemini's own address; one that is none there either stays unknown. */
function asGemini(request: VendorRequest): VendorRequest {
  const [, path] = ROUTE.exec(request.path) ?? [];
  return { ...request, path: path === undefined ? '/' : `/v1beta${path}` };
}

function refuseKey({ headers, query }: VendorRequest): Problem | undefined {
  const header = headers['x-goog-api-key'];
  const apiKey = typeof header === 'string' ? header : query.get('key');
  if (apiKey === BAD_KEY) return { kind: 'bad_key', status: 400 };
  if (apiKey !== null) return undefined;
  const token = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === BAD_KEY) return { kind: 'forced', status: 401, message: BAD_TOKEN };
  return token === undefined ? { kind: 'forced', status: 401, message: NO_TOKEN } : undefined;
}

function refuse(_vendor: string, problem: Problem): Reply & { status: number } {
  const message =
    problem.kind === 'no_model'
      ? `Publisher Model \`projects/sandbox/locations/global/publishers/google/models/${problem.model}\` not found.`
      : problem.message;
  const { status, body } = googleProblem({ ...problem, message });
  return { status, headers: HEADERS, body: JSON.stringify(body) };
}
