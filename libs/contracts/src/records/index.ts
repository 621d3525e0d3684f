export { GetRequest, requestRecord, type RequestRecord } from './get-request.js';
