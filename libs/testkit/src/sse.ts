export interface SseEvent {
  /** `message` when the server gave no name. */
  readonly event: string;
  readonly data: string;
  /** Where to go on from, when the server said so. */
  readonly id?: string;
}

/** Reads server-sent events from pieces of text, however they are cut. Comments are left out. */
export async function* readSse(pieces: AsyncIterable<string>): AsyncGenerator<SseEvent> {
  let rest = '';
  for await (const piece of pieces) {
    rest += piece;
    for (let gap = rest.indexOf('\n\n'); gap >= 0; gap = rest.indexOf('\n\n')) {
      const event = readEvent(rest.slice(0, gap));
      rest = rest.slice(gap + 2);
      if (event !== null) yield event;
    }
  }
}

function readEvent(block: string): SseEvent | null {
  let event = 'message';
  const data: string[] = [];
  let id: string | undefined;
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) event = line.slice('event:'.length).trim();
    if (line.startsWith('id:')) id = line.slice('id:'.length).trim();
    if (line.startsWith('data:')) data.push(line.slice('data:'.length).replace(/^ /, ''));
  }
  return data.length === 0 ? null : { event, data: data.join('\n'), ...(id !== undefined && { id }) };
}
