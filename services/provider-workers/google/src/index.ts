import type { RoomDefinition } from '@skein/boot';
import { providerRoom } from '@skein/provider-kit';
import { google } from './google.js';

export { google };

/** The room that speaks to Google's Gemini. */
export const googleRoom = (): RoomDefinition => providerRoom(google);
