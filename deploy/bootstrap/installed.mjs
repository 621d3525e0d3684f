// Whether node_modules belongs to the manifests as they are now. A hash of them, written after each install, decides: a
// checkout renews the times of files whose content is the same. Without it (someone ran npm by hand) the times decide.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

const INSTALLED_LOCK = join(ROOT, 'node_modules', '.package-lock.json');
const STAMP = join(ROOT, 'node_modules', '.skein-manifests');

export function isInstalled() {
  if (!existsSync(INSTALLED_LOCK)) return false;
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hashManifests()) return true;
  const installedAt = statSync(INSTALLED_LOCK).mtimeMs;
  return listManifests().every((path) => statSync(path).mtimeMs <= installedAt);
}

export function rememberInstall() {
  writeFileSync(STAMP, hashManifests());
}

function hashManifests() {
  const hash = createHash('sha256');
  for (const path of listManifests())
    hash.update(path.slice(ROOT.length)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

/** The root's package.json and package-lock.json and the package.json of each workspace. */
function listManifests() {
  const { workspaces = [] } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const dirs = workspaces.flatMap((pattern) => (pattern.endsWith('/*') ? listDirs(pattern.slice(0, -2)) : [pattern]));
  return ['package.json', 'package-lock.json', ...dirs.map((dir) => join(dir, 'package.json'))]
    .map((path) => join(ROOT, path))
    .filter(existsSync)
    .sort();
}

function listDirs(parent) {
  if (!existsSync(join(ROOT, parent))) return [];
  return readdirSync(join(ROOT, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(parent, entry.name));
}
