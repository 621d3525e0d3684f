export { LookUpAnswer, ReplayAnswer, StoreAnswer, answerOrigin, type AnswerOrigin } from './contracts.js';
