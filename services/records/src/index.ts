import { defineRoom } from '@skein/boot';
import { RecordsModule } from './records.module.js';
import { recordsSettings } from './settings.js';

export const recordsRoom = defineRoom({ name: 'records', settings: recordsSettings, module: RecordsModule });
