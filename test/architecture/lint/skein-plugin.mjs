import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forbidding } from './package-homes.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Refuses a package outside its home, however it is imported. */
const packageHome = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { away: '{{source}} does not belong here: {{reason}}.' },
  },
  create(context) {
    const path = relative(root, context.filename).split(sep).join('/');
    const check = ({ source }) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const row = forbidding(source.value, path);
      if (row) context.report({ node: source, messageId: 'away', data: { source: source.value, reason: row.reason } });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

export default { rules: { 'package-home': packageHome } };
