import { defineRoom } from '@skein/boot';
import { ClassifierModule } from './classifier.module.js';
import { classifierSettings } from './settings.js';

export { classify } from './classify.js';

/** The room that turns a prompt into features. */
export const classifierRoom = defineRoom({
  name: 'classifier',
  settings: classifierSettings,
  module: ClassifierModule,
});
