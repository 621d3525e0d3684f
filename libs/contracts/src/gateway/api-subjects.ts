/** The NATS door: what customers may publish to. Replies go only to `_INBOX.`. */
export const apiSubjects = {
  chatCompletions: 'skein.api.chat.completions',
  jobsSubmit: 'skein.api.jobs.submit',
  jobsGet: 'skein.api.jobs.get',
  jobsCancel: 'skein.api.jobs.cancel',
  jobsList: 'skein.api.jobs.list',
  jobsEvents: 'skein.api.jobs.events',
  jobsRedrive: 'skein.api.jobs.redrive',
  jobsQueue: 'skein.api.jobs.queue',
  explain: 'skein.api.explain',
  messages: 'skein.api.messages',
  embeddings: 'skein.api.embeddings',
  transcriptions: 'skein.api.audio.transcriptions',
  speech: 'skein.api.audio.speech',
  moderations: 'skein.api.moderations',
  rerank: 'skein.api.rerank',
} as const;
export type ApiSubject = (typeof apiSubjects)[keyof typeof apiSubjects];
