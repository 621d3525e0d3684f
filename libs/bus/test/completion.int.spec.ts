// A sink's side of one completion over a real mesh: conductor, worker and sink are three processes, or one.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import { Complete, type CompletionOrder, type CompletionResult } from '@skein/contracts/orchestrator';
import { fenceAttempt, switchAttempt } from '@skein/contracts/sink';
import { RequestBody, type CancelReason } from '@skein/contracts/wire';
import { eventually } from '@skein/testkit';
import { runCompletion, type NatsBus, type ServedContext } from '../src/index.js';
import { TestMesh, within } from './mesh.js';
import { headOf, textChunk } from './told-answer.js';

jest.setTimeout(60_000);

const succeeded: CompletionResult = {
  status: 'succeeded',
  error: null,
  cache: 'off',
  store_as: null,
  attempts: [],
  explanation: null,
};
const orderFor = (sink: NatsBus, request_id: string): CompletionOrder => ({
  request_id,
  sink: sink.instance,
  operation: 'chat',
  model: 'auto',
  stream: true,
  temperature: null,
  max_output_tokens: null,
  kind: 'live',
  caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
  metadata: {},
  cache: 'off',
  on_unknown: 'next',
});
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

type Conduct = (order: CompletionOrder, context: ServedContext) => Promise<CompletionResult>;

describe.each(['of three processes', 'of one process'])('a completion in a mesh %s', (shape) => {
  let mesh: TestMesh;
  let sink: NatsBus;
  let conductor: NatsBus;
  let worker: NatsBus;
  let conduct: Conduct;
  let requests = 0;

  beforeAll(async () => {
    mesh = await TestMesh.start();
    sink = await mesh.bus();
    [conductor, worker] = shape === 'of one process' ? [sink, sink] : [await mesh.bus(), await mesh.bus()];
  });
  afterAll(() => mesh?.stop());

  const run = (deadlineMs = 10_000) => {
    requests += 1;
    const requestId = `req_${requests}`;
    const heard: string[] = [];
    const completion = runCompletion(
      sink,
      orderFor(sink, requestId),
      RequestBody.of({ model: 'auto' }),
      within(deadlineMs, { requestId }),
      {
        onHead: (head) => heard.push(`head ${head.vendor}`),
        onChunk: (payload) =>
          heard.push((JSON.parse(new TextDecoder().decode(payload)) as Chunk).choices[0]?.delta.content ?? ''),
        onWhole: () => heard.push('whole'),
        onNotice: (text) => heard.push(`notice ${text}`),
      },
    );
    return { ...completion, heard, requestId };
  };

  /** Frames of an attempt, as a worker sends them. */
  const attempt = (requestId: string, attemptNo = 1) => {
    let seq = 0;
    const emit = (kind: 'notice' | 'chunk' | 'end', payload: Uint8Array, hasContent = false) =>
      worker.emitFrame(sink.instance, requestId, attemptNo, { kind, seq: seq++, hasContent, payload });
    emit('notice', encode({ notice: 'head', head: headOf(attemptNo) }));
    return { text: (text: string) => emit('chunk', textChunk(text), true), end: () => emit('end', new Uint8Array(0)) };
  };

  it('without a conductor waits for one, half of its time at most, and ends as unavailable', async () => {
    const { answered, result } = run(4_000);
    expect(await answered).toMatchObject({ status: 'failed', error: { code: 'unavailable' }, committed: false });
    expect(await result).toBeNull();
  });

  it('is answered by the worker, straight to the sink, and explained by a conductor that is there a little late', async () => {
    conduct = async ({ request_id }) => {
      const { text, end } = attempt(request_id);
      for (const word of ['one', 'two']) text(word);
      end();
      return Promise.resolve(succeeded);
    };
    const { answered, result, heard } = run();
    conductor.serve('orchestrator', Complete, (order, context) => conduct(order, context));
    expect(await answered).toMatchObject({ status: 'succeeded', committed: true, head: { vendor: 'vendor-1' } });
    expect(await result).toEqual(succeeded);
    expect(heard).toEqual(['head vendor-1', 'one', 'two']);
  });

  it('ends with the error the conductor found', async () => {
    const error = new SkeinError('no_admissible_model', 'nothing fits', { param: 'model' }).toWire();
    conduct = () => Promise.resolve({ ...succeeded, status: 'failed', error });
    const { answered, result } = run();
    expect(await answered).toMatchObject({ status: 'failed', error: { code: 'no_admissible_model', param: 'model' } });
    expect(await result).toMatchObject({ status: 'failed' });
  });

  it('is fenced and goes on at another worker', async () => {
    const seen: unknown[] = [];
    conduct = async ({ request_id }) => {
      const context = within(5_000, { requestId: request_id });
      const first = attempt(request_id, 1);
      first.text('one ');
      const fence = await eventually(async () => {
        const reply = await conductor.call(fenceAttempt(sink.instance), { request_id, attempt_no: 1 }, context);
        expect(reply.committed).toBe(true);
        return reply;
      });
      seen.push(fence);
      first.text('late');
      const on = { request_id, attempt_no: 2, mode: 'continue' as const, notice: 'another goes on', error: null };
      seen.push(await conductor.call(switchAttempt(sink.instance), on, context));
      const second = attempt(request_id, 2);
      second.text('two');
      second.end();
      return succeeded;
    };
    const { answered, heard } = run();
    expect(await answered).toMatchObject({ status: 'succeeded' });
    expect(seen).toEqual([
      { gone: false, committed: true, last_seq: 1, text_so_far: 'one ', only_text: true },
      { gone: false },
    ]);
    expect(heard).toEqual(['head vendor-1', 'one ', 'notice another goes on', 'two']);
  });

  it('that is over is gone for a conductor that comes too late', async () => {
    const reply = await conductor.call(
      fenceAttempt(sink.instance),
      { request_id: 'req_1', attempt_no: 1 },
      within(5_000),
    );
    expect(reply).toMatchObject({ gone: true });
  });

  it('goes on to its end when the conductor is lost', async () => {
    let finish: () => void = () => undefined;
    conduct = ({ request_id }) => {
      const { text, end } = attempt(request_id);
      text('one');
      finish = () => (text('two'), end());
      return Promise.reject(new SkeinError('worker_lost', 'the conductor is gone'));
    };
    const { answered, result, heard } = run();
    expect(await result).toBeNull();
    await eventually(() => expect(heard).toContain('one'));
    finish();
    expect(await answered).toMatchObject({ status: 'succeeded' });
    expect(heard).toEqual(['head vendor-1', 'one', 'two']);
  });

  it('does not wait past its deadline for a conductor that is lost, or for frames that never come', async () => {
    conduct = () => Promise.reject(new SkeinError('worker_lost', 'the conductor is gone'));
    expect(await run(300).answered).toMatchObject({ status: 'failed', error: { code: 'unavailable' } });
    conduct = () => Promise.resolve(succeeded);
    expect(await run(300).answered).toMatchObject({ status: 'failed', error: { code: 'frame_gap' } });
    conduct = () => new Promise(() => undefined);
    expect(await run(300).answered).toMatchObject({ status: 'failed', error: { code: 'deadline_exceeded' } });
  });

  it('that was given up although its customer still waits says that it may be tried again, not that he left', async () => {
    const error = new SkeinError('cancelled', 'the sink is gone').toWire();
    conduct = () => Promise.resolve({ ...succeeded, status: 'cancelled', error });
    expect(await run().answered).toMatchObject({ status: 'failed', error: { code: 'unavailable', status: 503 } });
  });

  it('that its customer leaves is stopped where it runs', async () => {
    const stopped = Promise.withResolvers<CancelReason>();
    conduct = async ({ request_id }, { signal }) => {
      attempt(request_id).text('one');
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      stopped.resolve(signal.reason as CancelReason);
      return { ...succeeded, status: 'cancelled', error: new SkeinError('cancelled', 'x').toWire() };
    };
    const { answered, result, heard, leave } = run();
    await eventually(() => expect(heard).toContain('one'));
    leave();
    expect(await answered).toMatchObject({ status: 'cancelled', committed: true });
    expect(await stopped.promise).toMatchObject({ mode: 'cut' });
    expect(await result).toMatchObject({ status: 'cancelled' });
  });
});

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content: string } }[];
}
