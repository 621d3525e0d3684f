export { chatRequest, type ChatMessage, type ChatRequest } from './chat.js';
export { blockOrder, isUsualOrder, moved, unfoldMessage, type BlockPlace } from './block-order.js';
