// The whole surface, three times: rooms that call one another directly with every check, rooms of one process that speak
// over NATS alone, and every room in a process of its own.
import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import { startMesh, type Mesh, type MeshOptions } from '@skein/testkit';
import { stopMesh, withoutCircuits } from './ask.js';
import { promiseAnswers } from './surface/answers.js';
import { promiseCache } from './surface/cached.js';
import { promiseLargeSound } from './surface/large-sound.js';
import { promiseReports } from './surface/reports.js';

jest.setTimeout(120_000);

const shapes: [name: string, options: MeshOptions][] = [
  ['in one process, calling directly with every check', { mode: 'standalone', busLocal: 'verify' }],
  ['in one process, calling over NATS alone', { mode: 'standalone', busLocal: 'never' }],
  ['with every room in a process of its own', { mode: 'mesh' }],
];

describe.each(shapes)('a mesh %s', (_name, options) => {
  let mesh: Mesh;
  beforeAll(async () => {
    mesh = await startMesh({ ...options, environment: withoutCircuits });
  });
  afterAll(() => stopMesh(mesh));

  promiseAnswers(() => mesh);
  promiseReports(() => mesh);
  promiseCache(() => mesh);
  if (options.mode === 'mesh') promiseLargeSound(() => mesh);
});
