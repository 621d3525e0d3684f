export interface InlineData {
  readonly mediaType: string;
  readonly base64: string;
}

/** A base64 `data:` URL taken apart; null for any other URL. */
export function readDataUrl(url: string): InlineData | null {
  const comma = url.indexOf(',');
  if (!url.startsWith('data:') || comma === -1) return null;
  const [mediaType, ...parameters] = url.slice('data:'.length, comma).split(';');
  if (!parameters.includes('base64')) return null;
  return { mediaType: mediaType || 'text/plain', base64: url.slice(comma + 1) };
}
