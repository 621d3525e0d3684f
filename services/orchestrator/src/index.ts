import { defineRoom } from '@skein/boot';
import { OrchestratorModule } from './orchestrator.module.js';
import { orchestratorSettings } from './settings.js';

/** The only conductor of a completion. */
export const orchestratorRoom = defineRoom({
  name: 'orchestrator',
  settings: orchestratorSettings,
  module: OrchestratorModule,
});
