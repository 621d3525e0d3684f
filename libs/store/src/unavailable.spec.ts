import { describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import { createOutboxSql } from './outbox.js';
import { schemaOf } from './names.js';
import { askStore, isStoreAway } from './unavailable.js';

const coded = (code: string) => Object.assign(new Error(code), { code });

describe('whether PostgreSQL is away', () => {
  it.each([
    ['refuses connections', coded('ECONNREFUSED')],
    ['is shutting down', coded('57P01')],
    ['is starting', coded('57P03')],
    ['lost the connection', coded('08006')],
    ['cut the connection without a code', new Error('Connection terminated unexpectedly')],
    ['has no connection to spare', new Error('timeout exceeded when trying to connect')],
    ['refuses on each of its addresses', new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])],
    ['is away as the cause of something else', new Error('could not save', { cause: coded('ECONNRESET') })],
  ])('yes: it %s', (_, error) => expect(isStoreAway(error)).toBe(true));

  it.each([
    ['a duplicate key', coded('23505')],
    ['a statement that took too long', coded('57014')],
    ['a wrong password', coded('28P01')],
    ['a bug', new TypeError('x is undefined')],
    ['nothing', undefined],
  ])('no: %s', (_, error) => expect(isStoreAway(error)).toBe(false));
});

it('tells callers "unavailable", with the cause kept', async () => {
  const cause = coded('ECONNREFUSED');
  const asked = askStore(() => Promise.reject(cause));
  await expect(asked).rejects.toBeInstanceOf(SkeinError);
  await expect(asked).rejects.toMatchObject({ code: 'unavailable', cause });
});

it('lets no name into SQL that is not a plain identifier', () => {
  expect(schemaOf('provider-kit')).toBe('provider_kit');
  expect(() => schemaOf('x"; DROP TABLE y')).toThrow(RangeError);
  expect(() => createOutboxSql('Jobs')).toThrow(RangeError);
});
