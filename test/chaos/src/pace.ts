import type { ModelsAnswer, Mesh, SandboxKnobs } from '@skein/testkit';

/** How fast vendors are when nothing is wrong with them. */
export const PACE: SandboxKnobs = { latency: 100 };

/** Has every vendor of the sandbox keep that pace. */
export async function setPace({ http, sandbox }: Mesh): Promise<void> {
  const { data } = (await http.get<ModelsAnswer>('/v1/models')).json;
  const vendors = new Set(data.map(({ owned_by: vendor }) => vendor).filter((name) => name !== 'skein'));
  for (const vendor of vendors) await sandbox.setKnobs(vendor, PACE);
}
