import { z } from 'zod';
import { setting } from '@skein/config';
import { DEFAULT_THRESHOLD } from './classify.js';

export const classifierSettings = {
  CLASSIFIER_THRESHOLD: setting(
    z.coerce.number().min(0).max(1).default(DEFAULT_THRESHOLD),
    'Confidence (0–1) under which the guessed task is marked as abstained and the policy’s default list applies.',
  ),
};
