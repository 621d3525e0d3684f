import type { AnswerHead } from '@skein/contracts/attempt';
import type { Frame, FrameKind } from '@skein/contracts/wire';
import { AnswerStream, type AnswerEnd } from '../src/sink/answer-stream.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const headOf = (attemptNo: number): AnswerHead => ({
  attempt_id: `att_${attemptNo}`,
  attempt_no: attemptNo,
  vendor: `vendor-${attemptNo}`,
  model: 'm',
  reason: 'the first of the plan',
  cache: 'off',
  notices: [],
});

/** The bytes of a chunk that shows `text`. */
export const textChunk = (text: string) =>
  encoder.encode(JSON.stringify({ choices: [{ index: 0, delta: { content: text } }] }));

/** An answer as its customer hears it: every word in order, in `heard`. */
export class ToldAnswer {
  readonly heard: string[] = [];
  readonly ends: AnswerEnd[] = [];
  readonly stream = new AnswerStream(
    {
      onHead: (head) => this.heard.push(`head ${head.attempt_no}`),
      onChunk: (payload) => this.heard.push(`chunk ${shownIn(payload)}`),
      onWhole: (payload) => this.heard.push(`whole ${decoder.decode(payload)}`),
      onNotice: (text) => this.heard.push(`notice ${text}`),
    },
    (end) => {
      this.ends.push(end);
      this.heard.push(`${end.status}${end.error === null ? '' : ` ${end.error.code}`}`);
    },
  );

  get end(): AnswerEnd {
    const [end] = this.ends;
    if (end === undefined) throw new Error('the answer has not ended');
    return end;
  }

  /** A worker that sends frames of one attempt, numbered from 0. */
  worker(attemptNo: number) {
    let seq = 0;
    const send = (kind: FrameKind, payload: Uint8Array, hasContent = false) => {
      const frame: Frame = { kind, seq, hasContent, payload };
      seq += 1;
      this.stream.take(attemptNo, frame);
    };
    const json = (value: unknown) => encoder.encode(JSON.stringify(value));
    return {
      head: () => send('notice', json({ notice: 'head', head: headOf(attemptNo) })),
      tell: (text: string) => send('notice', json({ notice: 'text', text })),
      /** A chunk without content: a role, a vendor's preamble. */
      preamble: (text = 'role') => send('chunk', encoder.encode(text)),
      text: (text: string) => send('chunk', textChunk(text), true),
      bytes: (kind: FrameKind, payload: Uint8Array, hasContent = false) => send(kind, payload, hasContent),
      part: (text: string) => send('part', encoder.encode(text)),
      whole: (text: string) => send('whole', encoder.encode(text), true),
      usage: (cost = 5) =>
        send(
          'usage',
          json({
            head: headOf(attemptNo),
            usage: null,
            usage_source: 'provider',
            cost_nano_usd: cost,
            finish_reason: 'stop',
            first_byte_ms: 1,
            total_ms: 2,
          }),
        ),
      error: (code: string) => send('error', json({ code, message: 'the vendor failed', source: 'vendor' })),
      end: () => send('end', new Uint8Array(0)),
      /** Loses the next frame on its way. */
      lose: () => void (seq += 1),
      /** Makes the next frame carry the number of the last one. */
      repeat: () => void (seq -= 1),
    };
  }
}

function shownIn(payload: Uint8Array): string {
  const text = decoder.decode(payload);
  if (!text.startsWith('{')) return text;
  const chunk = JSON.parse(text) as { choices: { delta: { content: string } }[] };
  return chunk.choices[0]?.delta.content ?? '';
}
