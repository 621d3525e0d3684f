import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

export interface SmallDisk {
  readonly path: string;
  unmount(): void;
}

/** A disk small enough to fill, of so many MB, at `path`; null where this user may not mount one. */
export function mountSmallDisk(path: string, megabytes: number): SmallDisk | null {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'skein-chaos', path], {
      stdio: 'ignore',
    });
  } catch {
    return null;
  }
  return { path, unmount: () => void execFileSync('umount', ['-l', path], { stdio: 'ignore' }) };
}
