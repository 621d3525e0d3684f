import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SkeinError } from '@skein/contracts/errors';
import { readRanking, rankingForm } from '../ask/forms.js';
import type { StepValue } from '../engine/step.js';
import { evaluate, render } from '../templates.js';
import { chunk, cosine, fuseRankings, withinTokens, type Passage } from '../work/passages.js';
import { PassagesRepository } from '../work/passages.repository.js';
import { AskFailed } from './complete.js';
import type { StepWork } from './do-step.js';

const EMBEDDING = 'text-embedding-3-small';
/** Texts of one call to an embedding model. */
const EMBED_AT_ONCE = 256;
const CHUNK_TOKENS = 256;
const OVERLAP_TOKENS = 32;
const TOP_K = 8;
const BUDGET_TOKENS = 2_000;
/** So many passages of each ranking are fused for one that is wanted. */
const DEPTH = 4;

/** Finds the passages of a run's documents that a query is about. What was taken apart once is kept. */
@Injectable()
export class Retriever {
  constructor(@Inject(PassagesRepository) private readonly passages: PassagesRepository) {}

  async retrieve(work: StepWork, tenant: string): Promise<StepValue> {
    const { spec } = work.stage;
    const query = spec.query === undefined ? work.scope.input : render(spec.query, work.scope);
    const documents = documentsOf(evaluate(spec.documents ?? '', work.scope));
    const size = spec.chunk_tokens ?? CHUNK_TOKENS;
    const overlap = spec.overlap_tokens ?? OVERLAP_TOKENS;
    const hashes = documents.map((text) => hashOf(`${size}/${overlap}/${text}`));
    const missing = await this.passages.missing(tenant, hashes);
    for (const [index, text] of documents.entries()) {
      const hash = hashes[index] ?? '';
      if (missing.delete(hash)) await this.passages.keep(tenant, hash, chunk(text, size, overlap));
    }
    const all = await this.passages.all(tenant, hashes);
    const byId = new Map(all.map((passage) => [idOf(passage), passage]));
    const most = spec.top_k ?? TOP_K;
    const byWords = await this.passages.byWords(tenant, hashes, query, most * DEPTH);
    let notice: string | undefined;
    const byMeaning = await this.#byMeaning(work, tenant, query, all).catch((thrown: unknown) => {
      // Words alone find less; but they find something.
      if (!(thrown instanceof AskFailed) || thrown.isOurs) throw thrown;
      notice = `stage "${work.stage.name}" searched by words alone: ${thrown.message}`;
      return [];
    });
    const rankings = [byWords.map(idOf), byMeaning.slice(0, most * DEPTH).map(idOf)];
    const found = fuseRankings(rankings).flatMap((id) => byId.get(id) ?? []);
    const ranked =
      spec.rerank === undefined ? found : await rerank(work, query, found.slice(0, most * DEPTH), spec.rerank);
    const context = withinTokens(ranked.slice(0, most), spec.budget_tokens ?? BUDGET_TOKENS);
    return { output: context.map(({ text }) => text), ...(notice !== undefined && { notice }) };
  }

  /** Every passage, nearest in meaning first: exact, over vectors that are kept. */
  async #byMeaning(work: StepWork, tenant: string, query: string, passages: readonly Passage[]): Promise<Passage[]> {
    const model = work.stage.spec.embedding ?? EMBEDDING;
    const hashes = [query, ...passages.map(({ text }) => text)].map(hashOf);
    const known = await this.passages.vectors(tenant, model, hashes);
    const textOf = new Map([query, ...passages.map(({ text }) => text)].map((text) => [hashOf(text), text]));
    const missing = [...textOf].filter(([hash]) => !known.has(hash));
    for (let from = 0; from < missing.length; from += EMBED_AT_ONCE) {
      const some = missing.slice(from, from + EMBED_AT_ONCE);
      const vectors = await work.embed(
        model,
        some.map(([, text]) => text),
      );
      const made = new Map(some.map(([hash], index) => [hash, vectors[index] ?? []]));
      await this.passages.keepVectors(tenant, model, made);
      for (const [hash, vector] of made) known.set(hash, vector);
    }
    const asked = known.get(hashOf(query)) ?? [];
    const scored = passages.map((passage) => ({ passage, near: cosine(asked, known.get(hashOf(passage.text)) ?? []) }));
    return scored.sort((a, b) => b.near - a.near).map(({ passage }) => passage);
  }
}

async function rerank(work: StepWork, query: string, passages: Passage[], model: string): Promise<Passage[]> {
  if (passages.length < 2) return passages;
  const answer = await work.ask({
    model,
    system:
      'You rank passages by how well they answer a query. Answer as JSON with "order", the numbers of the passages, best first.',
    user: [`Query:\n${query}`, ...passages.map(({ text }, index) => `Passage ${index + 1}:\n${text}`)].join('\n\n'),
    attachments: [],
    form: rankingForm(passages.length),
  });
  return readRanking(answer, passages.length).flatMap((place) => passages[place] ?? []);
}

/** A list of texts, or of objects that have one. */
function documentsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  return list.map((item) => {
    if (typeof item === 'string') return item;
    if (typeof item === 'object' && item !== null && 'text' in item && typeof item.text === 'string') return item.text;
    throw new SkeinError('invalid_request', 'the documents are no list of texts, or of objects with "text"');
  });
}

function idOf({ hash, seq }: { hash: string; seq: number }): string {
  return `${hash}#${seq}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
