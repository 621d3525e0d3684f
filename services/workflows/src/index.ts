import { defineRoom } from '@skein/boot';
import { workflowsSettings } from './settings.js';
import { WorkflowsModule } from './workflows.module.js';

export const workflowsRoom = defineRoom({ name: 'workflows', settings: workflowsSettings, module: WorkflowsModule });
