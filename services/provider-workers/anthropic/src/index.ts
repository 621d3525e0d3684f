import type { RoomDefinition } from '@skein/boot';
import { providerRoom } from '@skein/provider-kit';
import { anthropic } from './anthropic.js';

export { anthropic };

/** The room that speaks to Anthropic. */
export const anthropicRoom = (): RoomDefinition => providerRoom(anthropic);
