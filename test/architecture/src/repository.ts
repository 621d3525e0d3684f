/** The checkout as the specs read it: its root, and the packages its workspaces hold. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

const manifest = z.looseObject({
  name: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
  nx: z.looseObject({ tags: z.array(z.string()).default([]) }).optional(),
});

export interface Package {
  readonly name: string;
  /** Folder from the root, with `/`. */
  readonly folder: string;
  readonly tags: readonly string[];
  /** Names of the packages of this checkout it depends on. */
  readonly dependencies: readonly string[];
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function readJson(path: string): unknown {
  return JSON.parse(readText(path));
}

/** Every package of the workspaces. */
export const packages: readonly Package[] = readPackages();

function readPackages(): Package[] {
  const { workspaces } = z.looseObject({ workspaces: z.array(z.string()) }).parse(readJson('package.json'));
  return globSync(
    workspaces.map((pattern) => `${pattern}/package.json`),
    { cwd: root },
  )
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const { name, nx, dependencies } = manifest.parse(readJson(path));
      const own = Object.keys(dependencies).filter((dependency) => dependency.startsWith('@skein/'));
      return { name, folder: dirname(path), tags: nx?.tags ?? [], dependencies: own };
    });
}

/** A room of the mesh or a vendor worker: what runs and can be deployed by itself. */
export function isRoom({ tags }: Package): boolean {
  return tags.some((tag) => tag.startsWith('room:') || tag === 'kind:provider');
}
