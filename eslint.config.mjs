import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import { exceptions, forTests, layers } from './test/architecture/lint/layers.mjs';
import skein from './test/architecture/lint/skein-plugin.mjs';

// The boundaries rule is skipped without a word when no project graph is cached, so it is made before any file is read.
await createProjectGraphAsync();

const testCode = ['**/*.spec.ts', '{libs,services}/**/test/**/*.ts', 'test/**/*.ts'];

const boundaries = (extra) => [
  'error',
  {
    allow: [],
    enforceBuildableLibDependency: false,
    depConstraints: [
      ...Object.entries(layers).map(([sourceTag, allowed]) => ({
        sourceTag,
        onlyDependOnLibsWithTags: [...allowed, ...extra],
      })),
      ...Object.entries(exceptions).map(([sourceTag, forbidden]) => ({
        sourceTag,
        notDependOnLibsWithTags: forbidden,
      })),
    ],
  },
];

const unwanted = [
  { selector: 'ExportAllDeclaration', message: 'Entries name what they export.' },
  { selector: 'Identifier[name="forwardRef"]', message: 'A cycle is to be untied, not hidden.' },
];
const environmentAccess = [
  {
    selector: 'MemberExpression[object.name="process"][property.name="env"]',
    message: 'The environment is read once, by @skein/config.',
  },
  {
    selector: 'ImportDeclaration[source.value="node:process"] ImportSpecifier[imported.name="env"]',
    message: 'The environment is read once, by @skein/config.',
  },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.skein/**', 'coverage/**'] },
  { linterOptions: { noInlineConfig: true } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    plugins: { '@nx': nx, skein },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': boundaries([]),
      'skein/package-home': 'error',
      'no-restricted-syntax': ['error', ...unwanted, ...environmentAccess],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  { files: testCode, rules: { '@nx/enforce-module-boundaries': boundaries(forTests) } },
  {
    // Where the environment is read: the settings library, the command's one file, and specs that start processes.
    files: ['libs/config/src/settings.ts', 'services/cli/src/environment.ts', ...testCode],
    rules: { 'no-restricted-syntax': ['error', ...unwanted] },
  },
);
