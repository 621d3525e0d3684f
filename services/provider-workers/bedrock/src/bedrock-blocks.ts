/** What the pieces of a conversation are in Converse's blocks. The walk over them is the kit's. */
import { vendorById } from '@skein/catalog';
import {
  textOf,
  toTurns,
  unreadable,
  type JsonObject,
  type LeftOut,
  type Said,
  type Speaker,
} from '@skein/provider-kit';
import { toDocument, toMedia } from './bedrock-media.js';
import type { Turn } from './bedrock.wire.js';

const VENDOR = 'bedrock';

/** Blocks of Converse's own that a caller may write as parts, by the name of their one field. */
const ownBlocks = new Set(['guardContent', 'image', 'document', 'video', 'cachePoint', 'searchResult']);

export interface Conversation {
  readonly system: JsonObject[];
  readonly turns: Turn[];
}

/** Sorts messages into the system text and turns that alternate. Throws `invalid_request` naming what cannot be said. */
export function toConversation(messages: readonly unknown[], leftOut: LeftOut): Conversation {
  const { system, turns } = toTurns(messages, vendorById(VENDOR), leftOut, speaker);
  return { system, turns: turns.map(({ role, blocks }) => ({ role, content: blocks })) };
}

/** Does anything in the conversation speak of tools? Then they must be declared. */
export function speaksOfTools(turns: readonly Turn[]): boolean {
  return turns.some(({ content }) => content.some((block) => 'toolUse' in block || 'toolResult' in block));
}

/** A mark on a part, message or tool (as Anthropic has it) is a point after it here. */
export function withCachePoint(blocks: JsonObject[], mark: JsonObject | null): JsonObject[] {
  if (mark === null) return blocks;
  const ttl = textOf(mark.ttl);
  return [...blocks, { cachePoint: { type: 'default', ...(ttl !== null && { ttl }) } }];
}

const speaker: Speaker<JsonObject> = {
  parts: {
    /** Blank text is refused by the vendor, and says nothing: it is left out. */
    text: ({ text }) => (text.trim() === '' ? [] : { text }),
    image: ({ url, where }) => toMedia('image', url, where),
    video: ({ url, where }) => toMedia('video', url, where),
    file: toDocument,
    audio: (part) => {
      throw unreadable(VENDOR, part);
    },
    other: (part) => {
      const [name] = Object.keys(part.part);
      if (part.type === null && name !== undefined && ownBlocks.has(name)) return part.part;
      throw unreadable(VENDOR, part);
    },
  },
  call: ({ id, name, input }) => ({ toolUse: { toolUseId: id, name, input: input() } }),
  result: ({ callId, isError }: Said, blocks) => ({
    toolResult: {
      toolUseId: callId,
      content: blocks.length > 0 ? blocks : [{ text: '(no result)' }],
      ...(isError && { status: 'error' }),
    },
  }),
  opening: ({ thoughts }) => thoughts.map(toReasoning),
  marked: withCachePoint,
};

function toReasoning({ type, thinking, signature, data }: JsonObject): JsonObject {
  if (type === 'redacted_thinking') return { reasoningContent: { redactedContent: data } };
  return { reasoningContent: { reasoningText: { text: thinking, ...(textOf(signature) !== null && { signature }) } } };
}
