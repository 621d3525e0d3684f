export { GetRequest, requestRecord, type RequestRecord } from './get-request.js';
export { DeleteResponse, GetResponses, SaveResponse, storedResponse, type StoredResponse } from './stored-response.js';
