/**
 * Messages sorted into the system's text and turns that alternate, as Anthropic, Bedrock and Gemini want them. The walk is
 * the same for all; a `Speaker` says what the pieces are in its vendor's words.
 */
import type { Vendor } from '@skein/catalog';
import type { LeftOut } from '../foreign-fields.js';
import type { JsonObject } from '../json.js';
import { cannot } from '../screen-fields.js';
import { readMessages, type Call, type Part, type PartKind, type PartOf, type Said } from './read-messages.js';

export type PartWriters<Block> = {
  readonly [Kind in PartKind]: (part: PartOf<Kind>, said: Said) => Block | readonly Block[];
};

export interface Speaker<Block> {
  readonly parts: PartWriters<Block>;
  call(call: Call, place: number): Block;
  /** `blocks` are those of the result's parts. */
  result(said: Said, blocks: readonly Block[]): Block;
  /** What stands before the words of an assistant: thinking, and blocks of the vendor's own. */
  opening?(said: Said): readonly Block[];
  /** Gives blocks the caller's mark of what is to be cached. */
  marked?(blocks: Block[], mark: JsonObject): Block[];
  /** Last word on what an assistant said, calls left out. */
  closing?(said: Said, blocks: Block[]): Block[];
}

export interface TurnOf<Block> {
  readonly role: 'user' | 'assistant';
  readonly blocks: Block[];
}

export interface Conversation<Block> {
  readonly system: Block[];
  readonly turns: TurnOf<Block>[];
}

/** The refusal of a part the vendor cannot read. */
export function unreadable(vendor: string, part: Part, why?: string): Error {
  const type = part.kind === 'other' ? String(part.type) : part.kind;
  return cannot(vendor, part.where, why ?? `parts of type "${type}" are not known to it`);
}

/** Sorts. Throws `invalid_request` naming what cannot be said. */
export function toTurns<Block>(
  messages: readonly unknown[],
  vendor: Vendor,
  leftOut: LeftOut,
  speaker: Speaker<Block>,
): Conversation<Block> {
  const system: Block[] = [];
  const turns: TurnOf<Block>[] = [];
  const add: Record<Said['role'], (said: Said) => void> = {
    system(said) {
      if (turns.length > 0) {
        leftOut.say(`${vendor.id} reads system text first; ${said.where} was moved to the beginning`);
      }
      system.push(...marked(speaker, writeParts(speaker, said), said.mark));
    },
    user: (said) => addTurn(turns, 'user', marked(speaker, writeParts(speaker, said), said.mark)),
    assistant: (said) => addTurn(turns, 'assistant', marked(speaker, writeAssistant(speaker, said), said.mark)),
    tool: (said) =>
      addTurn(turns, 'user', marked(speaker, [speaker.result(said, writeParts(speaker, said))], said.mark)),
  };
  for (const said of readMessages(messages, vendor, leftOut)) add[said.role](said);
  return { system, turns };
}

function writeAssistant<Block>(speaker: Speaker<Block>, said: Said): Block[] {
  const blocks = [...(speaker.opening?.(said) ?? []), ...writeParts(speaker, said)];
  const calls = said.calls.flatMap((call, place) => marked(speaker, [speaker.call(call, place)], call.mark));
  return [...(speaker.closing?.(said, blocks) ?? blocks), ...calls];
}

function writeParts<Block>(speaker: Speaker<Block>, said: Said): Block[] {
  return said.parts.flatMap((part) =>
    marked(speaker, [writePart(speaker.parts, part, said)].flat() as Block[], part.mark),
  );
}

/** The table is total; the compiler cannot see that a part meets the writer of its own kind. */
function writePart<Block, Kind extends PartKind>(
  writers: PartWriters<Block>,
  part: PartOf<Kind>,
  said: Said,
): Block | readonly Block[] {
  const write = writers[part.kind as Kind] as (part: PartOf<Kind>, said: Said) => Block | readonly Block[];
  return write(part, said);
}

function marked<Block>(speaker: Speaker<Block>, blocks: Block[], mark: JsonObject | null): Block[] {
  return mark === null || blocks.length === 0 ? blocks : (speaker.marked?.(blocks, mark) ?? blocks);
}

/** Turns must alternate, and the results of parallel calls must share one. */
function addTurn<Block>(turns: TurnOf<Block>[], role: TurnOf<Block>['role'], blocks: Block[]): void {
  const last = turns.at(-1);
  if (last?.role === role) last.blocks.push(...blocks);
  else if (blocks.length > 0) turns.push({ role, blocks });
}
