import { describe, expect, it } from '@jest/globals';
import { KnobBoard } from './knob-board.js';
import { KnobError, mergeKnobs, parseKnobs, readDirectives, readKnobs } from './knobs.js';

describe('knobs', () => {
  it('are read from a header line', () => {
    expect(
      parseKnobs('latency=50, ttft=20,rate=100,status=429@0.5,retry_after=2,cut_after=3,hang,malformed=off'),
    ).toEqual({
      latency: 50,
      ttft: 20,
      rate: 100,
      status: 429,
      retry_after: 2,
      cut_after: 3,
      hang: true,
      malformed: false,
      chance: { status: 0.5 },
    });
  });

  it.each(['latencey=5', 'latency=soon', 'latency=-1', 'status=200', 'rate=0', 'hang@2', 'latency=5@0.5', '='])(
    'refuse %j',
    (line) => {
      expect(() => parseKnobs(line)).toThrow(KnobError);
    },
  );

  it('are read from JSON with the same rules', () => {
    expect(readKnobs({ status: 500, chance: { status: 0.3 } })).toEqual({ status: 500, chance: { status: 0.3 } });
    expect(() => readKnobs({ hang: 'yes' })).toThrow(KnobError);
    expect(() => readKnobs({ chance: { latency: 1 } })).toThrow(KnobError);
    expect(() => readKnobs([])).toThrow(KnobError);
  });

  it('are taken out of a prompt, where they apply to its vendor and model only', () => {
    const text = 'Hello [[sandbox vendor=openai status=500]] you [[sandbox cut_after=3]][[sandbox model=gpt-4o hang]]';
    expect(readDirectives(text, 'openai', 'o3')).toEqual({
      prompt: 'Hello you',
      layers: [{ status: 500 }, { cut_after: 3 }],
    });
    expect(readDirectives(text, 'groq', 'gpt-4o')).toEqual({
      prompt: 'Hello you',
      layers: [{ cut_after: 3 }, { hang: true }],
    });
  });

  it('let the later layer win, which drops the chance of a fault set anew', () => {
    const merged = mergeKnobs([{ latency: 5, status: 500, chance: { status: 0.1, hang: 0.2 } }, { status: 503 }]);
    expect(merged).toEqual({ latency: 5, status: 503, chance: { hang: 0.2 } });
  });

  it('let a fault strike by counting: evenly and exactly', () => {
    const board = new KnobBoard({});
    board.set('groq', { status: 500, hang: true, chance: { status: 0.25, hang: 0.1 } });
    const drawn = Array.from({ length: 1000 }, () => board.draw('groq', []));
    expect(drawn.filter((knobs) => knobs.hang === true)).toHaveLength(100);
    expect(drawn.slice(0, 8).map((knobs) => knobs.status)).toEqual([
      undefined,
      undefined,
      undefined,
      500,
      undefined,
      undefined,
      undefined,
      500,
    ]);
  });

  it('are set and reset for one vendor over the defaults', () => {
    const board = new KnobBoard({ latency: 1 });
    board.set('groq', { ttft: 2 });
    expect(board.of('groq')).toMatchObject({ latency: 1, ttft: 2 });
    expect(board.of('openai')).toEqual({ latency: 1 });
    board.reset('groq');
    expect(board.of('groq')).toEqual({ latency: 1 });
  });
});
