import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import { encodeEvent, encodeHeaders } from '../test/encode-event.js';
import { EventStreamReader } from './event-stream.js';

const event = (type: string, payload: string) =>
  encodeEvent(encodeHeaders({ ':event-type': type, ':message-type': 'event' }), Buffer.from(payload));

function read(bytes: Uint8Array, pieceBytes = bytes.length, maxEventBytes = 1_000) {
  const events: { event: string; data: string }[] = [];
  const reader = new EventStreamReader(
    ({ event: name, data }) => events.push({ event: name, data: data.toString('utf8') }),
    maxEventBytes,
  );
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.feed(bytes.subarray(at, at + pieceBytes));
  reader.end();
  return events;
}

const isMalformed = expect.objectContaining({ code: 'vendor_malformed' });

describe('a reader of AWS event streams', () => {
  const stream = Buffer.concat([
    event('messageStart', '{"role":"assistant"}'),
    event('contentBlockDelta', '{"a":"é"}'),
  ]);

  it.each([1, 7, 61, stream.length])('gives every event once, in order, read in pieces of %i bytes', (pieceBytes) => {
    expect(read(stream, pieceBytes)).toEqual([
      { event: 'messageStart', data: '{"role":"assistant"}' },
      { event: 'contentBlockDelta', data: '{"a":"é"}' },
    ]);
  });

  it('names exceptions and errors', () => {
    const exception = encodeHeaders({ ':exception-type': 'throttlingException', ':message-type': 'exception' });
    const error = encodeHeaders({ ':message-type': 'error', ':error-code': 'Oops', ':error-message': 'no' });
    const bytes = Buffer.concat([encodeEvent(exception, Buffer.from('{}')), encodeEvent(error, Buffer.alloc(0))]);
    expect(read(bytes)).toEqual([
      { event: 'throttlingException', data: '{}' },
      { event: 'error', data: '{"code":"Oops","message":"no"}' },
    ]);
  });

  it('passes over headers of other types', () => {
    const number = Buffer.concat([Buffer.from([1]), Buffer.from('n'), Buffer.from([4, 0, 0, 0, 9])]);
    const headers = Buffer.concat([number, encodeHeaders({ ':event-type': 'x', ':message-type': 'event' })]);
    expect(read(encodeEvent(headers, Buffer.from('{}')))).toEqual([{ event: 'x', data: '{}' }]);
  });

  it('notices a changed bit wherever it is', () => {
    for (let at = 0; at < stream.length; at++) {
      const broken = Buffer.from(stream);
      broken.writeUInt8(broken.readUInt8(at) ^ 0x10, at);
      expect(() => read(broken)).toThrow(isMalformed);
    }
  });

  it('notices a stream that ends within an event', () => {
    for (let kept = 1; kept < event('x', '{}').length; kept++) {
      expect(() => read(event('x', '{}').subarray(0, kept))).toThrow(isMalformed);
    }
  });

  it.each([
    ['no kind', encodeHeaders({ ':event-type': 'x' })],
    ['headers that end too soon', Buffer.from([9, 65])],
    ['a header of no type', Buffer.from([1, 65, 77, 0])],
  ])('refuses an event with %s', (_, headers) => {
    expect(() => read(encodeEvent(headers, Buffer.from('{}')))).toThrow(isMalformed);
  });

  it('refuses an event that outgrows its bound before it has come', () => {
    const large = event('x', `{"a":"${'x'.repeat(100)}"}`);
    expect(() => read(large.subarray(0, 12), 12, 50)).toThrow('larger than 50 bytes');
  });
});
