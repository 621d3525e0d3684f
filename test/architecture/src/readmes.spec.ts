import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isRoom, packages, readText, root } from './repository.js';

const FORM = ['owns', 'serves', 'calls', 'facts in', 'facts out', 'config', 'when it breaks'];

/**
 * The form's headings in the order they stand in: `## Owns`, a bold `**owns**`, or the first cell of a row.
 * Two may share one: `facts in · out`.
 */
function headingsOf(text: string): string[] {
  const headings = text.matchAll(/^#{2,3}\s+([^\n]+)|\*\*([^*\n]+)\*\*|^\|\s*([a-z ·]+?)\s*\|/gim);
  const names = [...headings].flatMap((match) => (match[1] ?? match[2] ?? match[3] ?? '').toLowerCase().split('·'));
  const clean = names
    .map((name) => name.trim().replace(/[.:]$/, ''))
    .map((name) => (name === 'out' ? 'facts out' : name));
  return clean.filter((name) => FORM.includes(name));
}

describe('README.md', () => {
  const withSources = packages.filter(({ folder }) => folder.startsWith('libs/') || folder.startsWith('services/'));

  it.each(withSources.map(({ folder }) => [folder]))('introduces %s', (folder) => {
    expect(existsSync(join(root, folder, 'README.md'))).toBe(true);
    expect(readText(`${folder}/README.md`)).toMatch(/^# \S/);
  });

  it.each(packages.filter(isRoom).map(({ folder }) => [folder]))('of %s has the form of rooms', (folder) => {
    expect(existsSync(join(root, folder, 'README.md'))).toBe(true);
    expect(headingsOf(readText(`${folder}/README.md`))).toEqual(FORM);
  });
});
