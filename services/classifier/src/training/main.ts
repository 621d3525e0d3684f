/** `npm run train -w @skein/classifier`: the rows under `data` → `src/task-weights.ts`. Run it from the room's folder. */
import { writeFileSync } from 'node:fs';
import { packModel } from '../task-model.js';
import { readTrainingRows } from './rows.js';
import { trainModel } from './train.js';

const rows = readTrainingRows('data');
const { temperature, signStep, ngramStep, bytes } = packModel(trainModel(rows));
writeFileSync(
  'src/task-weights.ts',
  `// Written by \`npm run train -w @skein/classifier\`.
import type { PackedModel } from './task-model.js';

export const taskWeights: PackedModel = {
  temperature: ${temperature},
  signStep: ${signStep},
  ngramStep: ${ngramStep},
  bytes:
    '${bytes}',
};
`,
);
process.stdout.write(`trained on ${rows.length} rows, temperature ${temperature}; build to use the new weights\n`);
