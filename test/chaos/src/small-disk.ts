import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

const SIZE = '192m';

/** A disk small enough to fill, at `path`; null where this user may not mount one. */
export function mountSmallDisk(path: string): { path: string; unmount: () => void } | null {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0755`, 'skein-chaos', path], { stdio: 'ignore' });
  } catch {
    return null;
  }
  return { path, unmount: () => void execFileSync('umount', ['-l', path], { stdio: 'ignore' }) };
}
