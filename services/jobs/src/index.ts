import { defineRoom } from '@skein/boot';
import { JobsModule } from './jobs.module.js';
import { jobsSettings } from './settings.js';

export const jobsRoom = defineRoom({ name: 'jobs', settings: jobsSettings, module: JobsModule });
