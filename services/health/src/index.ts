import { defineRoom } from '@skein/boot';
import { HealthModule } from './health.module.js';
import { healthSettings } from './settings.js';

/** The room that knows how deployments are doing. */
export const healthRoom = defineRoom({ name: 'health', settings: healthSettings, module: HealthModule });
