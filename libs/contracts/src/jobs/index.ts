export {
  SubmitJob,
  GetJob,
  ListJobs,
  CancelJob,
  RunJob,
  jobSubmission,
  jobStatuses,
  jobView,
  type JobStatus,
  type JobSubmission,
  type JobView,
} from './contracts.js';
