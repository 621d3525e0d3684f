import type { RoomDefinition } from '@skein/boot';
import { openAiDialect, providerRoom } from '@skein/provider-kit';

/** The room that speaks to OpenAI. */
export const openaiRoom = (): RoomDefinition => providerRoom(openAiDialect('openai'));
