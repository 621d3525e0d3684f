import { Module } from '@nestjs/common';
import { z } from 'zod';
import { defineRoom, type RoomDefinition } from '@skein/boot';
import { vendors, type VendorId } from '@skein/catalog';
import { setting, SettingsError, type Environment } from '@skein/config';
import { openAiDialect, providerRoom } from '@skein/provider-kit';

/** Every vendor this room can serve: the rows of the catalogue that name this adapter. */
export const compatibleVendors: readonly VendorId[] = vendors
  .filter(({ adapter }) => adapter === 'openai-compatible')
  .map(({ id }) => id);

const knownVendor = (vendor: string | undefined) => compatibleVendors.find((id) => id === vendor);

/** The room that speaks to an OpenAI-shaped vendor. Throws SettingsError, listing the known ones, for any other. */
export function compatibleRoom(vendor: string): RoomDefinition {
  const known = knownVendor(vendor);
  if (known === undefined) {
    throw new SettingsError([`"${vendor}" is no vendor of this worker; it knows ${compatibleVendors.join(', ')}`]);
  }
  return providerRoom(openAiDialect(known));
}

@Module({})
class NoVendor {}

/** Stands for a worker that was not told its vendor: its one setting refuses, and lists the known ones. */
const unnamedRoom = defineRoom({
  name: 'provider',
  settings: {
    VENDOR: setting(
      z.enum(compatibleVendors, { error: `must be one of ${compatibleVendors.join(', ')}` }),
      'The vendor this worker serves.',
    ),
  },
  module: NoVendor,
});

/** The room of the vendor that `VENDOR` names; one that cannot start, and says why, where it names none we know. */
export function roomOfEnvironment({ VENDOR }: Environment): RoomDefinition {
  const known = knownVendor(VENDOR);
  return known === undefined ? unnamedRoom : compatibleRoom(known);
}
