import { HttpMesh } from './doors/http-mesh.js';
import type { HttpTarget } from './target.js';

/** Lends a pool of connections to `use` and closes it afterwards, whatever happened. */
export async function withMesh<Result>(target: HttpTarget, use: (mesh: HttpMesh) => Promise<Result>): Promise<Result> {
  const mesh = new HttpMesh(target);
  try {
    return await use(mesh);
  } finally {
    await mesh.close();
  }
}
