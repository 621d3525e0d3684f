import { describe, expect, it } from '@jest/globals';
import {
  afterAnswer,
  afterError,
  atTime,
  circuitRules,
  closedCircuit,
  type Circuit,
  type Evidence,
} from './circuit.js';

const NOW = 1_000_000;
const open: Circuit = { state: 'open', until: NOW + 30_000, answers: 0 };
const halfOpen: Circuit = { state: 'half_open', until: null, answers: 0 };
const evidence = (sketch: Partial<Evidence>): Evidence => ({ consecutiveErrors: 1, attempts: 1, errors: 1, ...sketch });

describe('a closed circuit', () => {
  it.each<[string, Circuit['state'], Evidence]>([
    ['one error', 'closed', evidence({})],
    ['two in a row', 'closed', evidence({ consecutiveErrors: 2, attempts: 2, errors: 2 })],
    ['three in a row', 'open', evidence({ consecutiveErrors: 3, attempts: 3, errors: 3 })],
    ['two of 19, which is too few to tell', 'closed', evidence({ attempts: 19, errors: 2 })],
    ['one of 20, which is just 5 %', 'closed', evidence({ attempts: 20, errors: 1 })],
    ['two of 20', 'open', evidence({ attempts: 20, errors: 2 })],
    ['six of 100', 'open', evidence({ attempts: 100, errors: 6 })],
    ['five of 100', 'closed', evidence({ attempts: 100, errors: 5 })],
  ])('after %s is %s', (_what, state, given) => {
    expect(afterError(closedCircuit, given, null, NOW).state).toBe(state);
  });

  it('stays closed after an answer and over time', () => {
    expect(afterAnswer(closedCircuit)).toBe(closedCircuit);
    expect(atTime(closedCircuit, NOW)).toBe(closedCircuit);
  });
});

describe('an open circuit', () => {
  const three = evidence({ consecutiveErrors: 3 });

  it('rests for thirty seconds, or until the vendor wants to be called again, whichever is later', () => {
    expect(afterError(closedCircuit, three, null, NOW).until).toBe(NOW + circuitRules.restMs);
    expect(afterError(closedCircuit, three, NOW + 5_000, NOW).until).toBe(NOW + circuitRules.restMs);
    expect(afterError(closedCircuit, three, NOW + 90_000, NOW).until).toBe(NOW + 90_000);
  });

  it('is not prolonged by late errors, but by a later deadline', () => {
    expect(afterError(open, three, null, NOW + 20_000).until).toBe(open.until);
    expect(afterError(open, three, NOW + 60_000, NOW).until).toBe(NOW + 60_000);
  });

  it('is half open once its time is over, not before', () => {
    expect(atTime(open, NOW + 29_999)).toBe(open);
    expect(atTime(open, NOW + 30_000)).toEqual(halfOpen);
  });

  it('closes after two answers to those who asked all the same', () => {
    expect(afterAnswer(open).state).toBe('open');
    expect(afterAnswer(afterAnswer(open))).toEqual(closedCircuit);
  });
});

describe('a half-open circuit', () => {
  it('closes after two answers', () => {
    expect(afterAnswer(halfOpen).state).toBe('half_open');
    expect(afterAnswer(afterAnswer(halfOpen))).toEqual(closedCircuit);
  });

  it('opens again at the first error', () => {
    expect(afterError(afterAnswer(halfOpen), evidence({}), null, NOW)).toEqual({
      state: 'open',
      until: NOW + circuitRules.restMs,
      answers: 0,
    });
  });
});
