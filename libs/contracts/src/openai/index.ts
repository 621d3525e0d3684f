export { chatRequest, type ChatMessage, type ChatRequest } from './chat.js';
export { blockOrder, isUsualOrder, moved, unfoldMessage, type BlockPlace } from './block-order.js';
export { countOf, isObject, itemsOf, objectOf, textOf, type JsonObject } from './json.js';
export { isThoughtItem, readSaid, thoughtText, type Said } from './said.js';
