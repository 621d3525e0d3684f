/** Signature version 4: the key stays here, and signs what is sent. Pure but for the hashing. */
import { createHash, createHmac } from 'node:crypto';

export interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

export interface SignedCall {
  readonly method: 'GET' | 'POST';
  readonly host: string;
  /** As it is sent, with its query. */
  readonly path: string;
  readonly body: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly region: string;
  readonly service: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SIGNED_SPACE = 'aws4_request';

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** `accessKeyId:secretAccessKey` or `accessKeyId:secretAccessKey:sessionToken`; null for a key of another kind. */
export function readAwsKey(key: string): AwsKey | null {
  const [accessKeyId, secretAccessKey, ...token] = key.split(':');
  if (!accessKeyId || !secretAccessKey) return null;
  return { accessKeyId, secretAccessKey, sessionToken: token.length === 0 ? null : token.join(':') };
}

/** The headers that sign a call: `authorization`, the date, and the session where the key has one. */
export function signCall(key: AwsKey, call: SignedCall): Readonly<Record<string, string>> {
  const moment = `${new Date(call.at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const scope = [moment.slice(0, 8), call.region, call.service, SIGNED_SPACE].join('/');
  const headers: Record<string, string> = {
    host: call.host,
    'x-amz-date': moment,
    ...(key.sessionToken !== null && { 'x-amz-security-token': key.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const [path = '', query = ''] = call.path.split('?');
  const request = [
    call.method,
    canonicalPath(path),
    canonicalQuery(query),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(call.body),
  ].join('\n');
  const text = [ALGORITHM, moment, scope, sha256(request)].join('\n');
  const signature = hmac(signingKey(key.secretAccessKey, scope), text).toString('hex');
  const { host: _sentAnyway, ...sent } = headers;
  const credential = `${key.accessKeyId}/${scope}`;
  return {
    ...sent,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

/** One key from another: by day, region, service and purpose. */
function signingKey(secret: string, scope: string): Uint8Array {
  return scope.split('/').reduce<Uint8Array>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`));
}

/** Every service but S3 encodes the path anew, though it is encoded as it is sent. */
function canonicalPath(path: string): string {
  return path.split('/').map(encode).join('/') || '/';
}

function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .sort()
    .join('&');
}

function encode(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
