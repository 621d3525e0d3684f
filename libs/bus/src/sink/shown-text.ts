/** What a customer has seen of an answer, read back from the chunks that were shown. */
export interface ShownText {
  /** Concatenated text of the first choice. */
  readonly text: string;
  /** False when anything else was shown (a tool call, a refusal, reasoning, a second choice): it cannot be continued. */
  readonly onlyText: boolean;
}

const decoder = new TextDecoder();
const plainFields = new Set(['role', 'content']);

interface ChunkShape {
  choices?: { index?: number; delta?: Record<string, unknown> }[];
}

/** Reads OpenAI chat chunks (JSON bytes, in order). A chunk that is not JSON makes the answer impossible to continue. */
export function readShownText(chunks: readonly Uint8Array[]): ShownText {
  let text = '';
  let onlyText = true;
  for (const bytes of chunks) {
    const chunk = parseChunk(bytes);
    if (chunk === null) return { text, onlyText: false };
    for (const choice of chunk.choices ?? []) {
      if ((choice.index ?? 0) !== 0) onlyText = false;
      for (const [field, value] of Object.entries(choice.delta ?? {})) {
        if (field === 'content' && typeof value === 'string') text += value;
        else if (!plainFields.has(field) && value !== null && value !== undefined) onlyText = false;
      }
    }
  }
  return { text, onlyText };
}

function parseChunk(bytes: Uint8Array): ChunkShape | null {
  try {
    return JSON.parse(decoder.decode(bytes)) as ChunkShape;
  } catch {
    return null;
  }
}
