import { describe, expect, it } from '@jest/globals';
import { posix } from 'node:path';
import { z } from 'zod';
import { packages, readJson } from './repository.js';

const references = z.looseObject({ references: z.array(z.looseObject({ path: z.string() })).default([]) });

function referencedFolders(folder: string): string[] {
  const { references: listed } = references.parse(readJson(`${folder}/tsconfig.json`));
  return listed.map(({ path }) => posix.join(folder, path));
}

const folderOf = (name: string): string =>
  packages.find((candidate) => candidate.name === name)?.folder ?? `no ${name}`;

describe('tsconfig references', () => {
  it.each(packages.map((project) => [project.folder, project] as const))(
    'of %s are its dependencies',
    (folder, project) => {
      expect(referencedFolders(folder).sort()).toEqual(project.dependencies.map(folderOf).sort());
    },
  );

  it('of the whole build name every package', () => {
    expect(referencedFolders('test').sort()).toEqual(packages.map(({ folder }) => folder).sort());
  });
});
