export { chatRequest, type ChatMessage, type ChatRequest } from './chat.js';
