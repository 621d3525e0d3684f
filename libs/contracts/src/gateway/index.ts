export { tasks, declaredTasks, declaredTaskNames, type Task, type DeclaredTask } from './task-names.js';
export {
  strategies,
  priorities,
  complianceTags,
  requestMetadata,
  metadataFields,
  type Strategy,
  type Priority,
  type RequestMetadata,
} from './metadata.js';
export { apiSubjects, type ApiSubject } from './api-subjects.js';
