export interface ServersAndLogin {
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
}

/**
 * Splits NATS URLs (one, or several with commas) into addresses and login. The client ignores a login inside a URL and
 * would silently connect as nobody, so it is taken out here; the first URL that has one speaks for all. Throws a TypeError
 * for what is no URL or names no host: the client would turn to a default server.
 */
export function serversAndLogin(urls: string): ServersAndLogin {
  const parsed = urls.split(',').map((text) => new URL(text.includes('://') ? text.trim() : `nats://${text.trim()}`));
  if (parsed.some((url) => url.host === '')) throw new TypeError('a NATS URL must name a host');
  const login = parsed.find((url) => url.username !== '');
  return {
    servers: parsed.map((url) => `${url.protocol === 'tls:' ? 'tls://' : ''}${url.host}`),
    ...(login && { user: decodeURIComponent(login.username), pass: decodeURIComponent(login.password) }),
  };
}
