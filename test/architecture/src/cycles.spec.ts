import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runNode } from './run-node.js';

const SLOW_MS = 120_000;

const cruise = z.looseObject({
  modules: z.array(z.looseObject({ source: z.string() })),
  summary: z.looseObject({
    totalDependenciesCruised: z.number(),
    violations: z.array(z.looseObject({ from: z.string(), to: z.string(), rule: z.looseObject({ name: z.string() }) })),
  }),
});

async function cruiseFolders(...folders: string[]): Promise<z.infer<typeof cruise>> {
  const script = 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs';
  const args = [script, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders];
  const { output, errors } = await runNode(args);
  try {
    return cruise.parse(JSON.parse(output));
  } catch (cause) {
    throw new Error(`dependency-cruiser failed: ${errors}${output.slice(0, 500)}`, { cause });
  }
}

const tell = ({ summary }: z.infer<typeof cruise>): string[] =>
  summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);

describe('imports between files', () => {
  it(
    'make no cycle, types included',
    async () => {
      const result = await cruiseFolders('libs', 'services', 'test');
      expect(tell(result)).toEqual([]);
      // Fails open otherwise: without resolved imports there is nothing to go round in.
      expect(result.summary.totalDependenciesCruised).toBeGreaterThan(result.modules.length);
      expect(result.modules.map(({ source }) => source)).toContain('libs/contracts/src/make/makers.ts');
    },
    SLOW_MS,
  );

  it(
    'would be told when they did',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'skein-cycle-'));
      try {
        await writeFile(join(folder, 'a.ts'), "import type { B } from './b.js';\nexport type A = B | 1;\n");
        await writeFile(join(folder, 'b.ts'), "import type { A } from './a.js';\nexport type B = A | 2;\n");
        expect(tell(await cruiseFolders(folder)).join()).toContain('no-cycles');
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    SLOW_MS,
  );
});
