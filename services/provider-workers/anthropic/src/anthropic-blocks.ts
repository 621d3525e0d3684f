/** What the pieces of a conversation are in Anthropic's blocks. The walk over them is the kit's. */
import { vendorById } from '@skein/catalog';
import {
  inlineText,
  isObject,
  textOf,
  toTurns,
  unreadable,
  type JsonObject,
  type LeftOut,
  type PartOf,
  type Said,
  type Speaker,
} from '@skein/provider-kit';
import type { Block, Turn } from './anthropic.wire.js';

const VENDOR = 'anthropic';

/** Blocks of Anthropic's own that a caller may write as parts, or send back; they go on as they are. */
const OWN_BLOCK =
  /^(?:image|document|search_result|thinking|redacted_thinking|container_upload|tool_reference|compaction|server_tool_use|mcp_tool_use|[a-z_]+_tool_result)$/;
/** Where in its sources a text is from, as Anthropic says it. */
const OWN_CITATION = /_location$/;

export interface Conversation {
  readonly system: Block[];
  readonly turns: Turn[];
}

/** Sorts messages into the system text and turns that alternate. Throws `invalid_request` naming what cannot be said. */
export function toConversation(messages: readonly unknown[], leftOut: LeftOut): Conversation {
  const { system, turns } = toTurns(messages, vendorById(VENDOR), leftOut, speakerOf(leftOut));
  return { system, turns: turns.map(({ role, blocks }) => ({ role, content: blocks })) };
}

const isBlock = (value: unknown): value is Block => isObject(value) && typeof value.type === 'string';
const textBlock = (text: string): Block => ({ type: 'text', text });
const isOwn = (block: JsonObject): block is Block => isBlock(block) && OWN_BLOCK.test(block.type);

const speakerOf = (leftOut: LeftOut): Speaker<Block> => ({
  parts: {
    text: ({ text, citations }) => ({ ...textBlock(text), ...(citations.length > 0 && { citations }) }),
    image: ({ url, inline }) => ({
      type: 'image',
      source:
        inline === null ? { type: 'url', url } : { type: 'base64', media_type: inline.mediaType, data: inline.base64 },
    }),
    file: documentBlock,
    other: (part) => {
      if (isOwn(part.part)) return part.part;
      throw unreadable(VENDOR, part);
    },
    audio: (part) => {
      throw unreadable(VENDOR, part);
    },
    video: (part) => {
      throw unreadable(VENDOR, part);
    },
  },
  call: (call) => ({ type: 'tool_use', id: call.id, name: call.name, input: call.input(), ...call.extra }),
  result: toolResult,
  opening(said) {
    const own = said.vendorBlocks.filter(isOwn);
    if (own.length < said.vendorBlocks.length) {
      leftOut.say(`${VENDOR} does not read what other vendors' own tools did; it was left out`);
    }
    return [...said.thoughts.filter(isBlock), ...own];
  },
  closing: (said, blocks) =>
    withCitations(
      blocks.filter(({ type, text }) => type !== 'text' || text !== ''),
      said,
    ),
  /** A mark on the message stands for a mark on its last block. */
  marked: (blocks, cache_control) =>
    blocks.map((block, place) => (place === blocks.length - 1 ? { ...block, cache_control } : block)),
});

/** Citations of the whole message belong to its one text; of several texts nobody knows which. */
function withCitations(blocks: Block[], { citations }: Said): Block[] {
  const texts = blocks.filter(({ type }) => type === 'text');
  const own = citations.filter((one) => isObject(one) && OWN_CITATION.test(textOf(one.type) ?? ''));
  if (own.length === 0 || texts.length !== 1 || texts[0]?.citations !== undefined) return blocks;
  return blocks.map((block) => (block.type === 'text' ? { ...block, citations: own } : block));
}

function toolResult({ callId, isError, parts }: Said, blocks: readonly Block[]): Block {
  const [only] = blocks;
  const isPlain = blocks.length === 1 && only?.type === 'text' && Object.keys(only).length === 2;
  return {
    type: 'tool_result',
    tool_use_id: callId,
    content: isPlain ? only.text : parts.length === 0 ? '' : blocks,
    ...(isError && { is_error: true }),
  };
}

function documentBlock({ name, source }: PartOf<'file'>): Block {
  const named = name === null ? {} : { title: name };
  if (source.from === 'id') return { type: 'document', source: { type: 'file', file_id: source.id }, ...named };
  if (source.from === 'url') return { type: 'document', source: { type: 'url', url: source.url }, ...named };
  const text = inlineText(source);
  const held =
    text === null
      ? { type: 'base64', media_type: source.mediaType, data: source.base64 }
      : { type: 'text', media_type: 'text/plain', data: text };
  return { type: 'document', source: held, ...named };
}
