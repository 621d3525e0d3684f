import type { RoomDefinition } from '@skein/boot';
import { providerRoom } from '@skein/provider-kit';
import { vertex } from './vertex.js';

export { vertex };

/** The room that speaks to Gemini on Vertex AI. */
export const vertexRoom = (): RoomDefinition => providerRoom(vertex);
