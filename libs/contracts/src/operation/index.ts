export {
  operation,
  operationTable,
  operations,
  type Operation,
  type OperationRow,
  type PlainOperation,
} from './operations.js';
