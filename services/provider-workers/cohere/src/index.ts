import type { RoomDefinition } from '@skein/boot';
import { providerRoom } from '@skein/provider-kit';
import { cohere } from './cohere.js';

export { cohere };

/** The room that speaks to Cohere. */
export const cohereRoom = (): RoomDefinition => providerRoom(cohere);
