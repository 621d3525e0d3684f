export {
  readResponsesRequest,
  responsesRequest,
  refuse,
  isItem,
  type InputItem,
  type ResponsesRequest,
  type ResponseTool,
} from './request.js';
export { toChat } from './to-chat.js';
export { fromChat } from './from-chat.js';
export {
  callItem,
  callWords,
  flatAnnotation,
  itemId,
  logprobsOf,
  messageItem,
  reasoningItem,
  refusalPart,
  responseOfItem,
  textPart,
  type CallWords,
  type ItemStatus,
} from './output-items.js';
export {
  endingOf,
  responseIdOf,
  responseUsage,
  responseWith,
  type ResponseFrame,
  type ResponseStatus,
} from './response-object.js';
export { readThoughts, writeThoughts } from './thoughts.js';
