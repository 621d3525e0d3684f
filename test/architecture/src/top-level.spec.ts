import { describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { root } from './repository.js';

/** Made by tools and ignored by git. */
const made = ['node_modules', 'coverage'];

describe('the top level', () => {
  it('holds what a reader needs first, and nothing else', () => {
    const shown = readdirSync(root).filter((name) => !name.startsWith('.') && !made.includes(name));
    expect(shown.sort()).toEqual(
      [
        'CHANGELOG.md',
        'CONTRIBUTING.md',
        'LICENSE',
        'README.md',
        'deploy',
        'docker-compose.yml',
        'eslint.config.mjs',
        'libs',
        'nx.json',
        'package-lock.json',
        'package.json',
        'services',
        'test',
        'tsconfig.base.json',
      ].sort(),
    );
  });
});
