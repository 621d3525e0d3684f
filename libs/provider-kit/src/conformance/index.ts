export { callFor, describeConformance, runStream, type Dialect } from './conformance.js';
export { describeFuzz } from './fuzz.js';
export { sseFraming, type Framing } from './framing.js';
export { geminiShaped } from './gemini-dialect.js';
export { bodyOf, dataLinesOf, headersOf, isWholeSet, readFixtures, type Fixture } from './fixture.js';
export { openAiShaped } from './openai-dialect.js';
export { askingForResponses, responsesShaped } from './responses-dialect.js';
export { tellChunks, tellCompletion, type ErrorClass, type Telling } from './telling.js';
export { describeOracle, type Heard, type Oracle } from './oracle.js';
