import type { RoomDefinition } from '@skein/boot';
import { providerRoom } from '@skein/provider-kit';
import { bedrock } from './bedrock.js';

export { bedrock };

/** The room that speaks to Amazon Bedrock. */
export const bedrockRoom = (): RoomDefinition => providerRoom(bedrock);
