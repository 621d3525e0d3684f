/**
 * Lints code that is in no file, as if it were at a path of the checkout: `[{ path, text }]` on stdin,
 * `[[rule, …], …]` on stdout. The rules that need types are off, since types come from files.
 */
import { ESLint } from 'eslint';
import { text as readAll } from 'node:stream/consumers';

const eslint = new ESLint({
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: false } },
    rules: { '@typescript-eslint/no-floating-promises': 'off', '@typescript-eslint/no-misused-promises': 'off' },
  },
});

const found = [];
for (const { path, text } of JSON.parse(await readAll(process.stdin))) {
  const results = await eslint.lintText(text, { filePath: path });
  found.push(results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => ruleId ?? message)));
}
process.stdout.write(JSON.stringify(found));
