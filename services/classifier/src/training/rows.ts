/** The labelled prompts that the project holds: where they lie, and how they are read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { wordedTasks, type WordedTask } from '../task-rules.js';

export interface Row {
  readonly text: string;
  /** The system prompt, where the row has one. */
  readonly instructions: string;
  readonly task: WordedTask;
  readonly lang: 'en' | 'zh' | 'other';
  /** Rows of one source are left out together. */
  readonly source: string;
}

const line = z.object({
  text: z.string().min(1),
  task: z.enum(wordedTasks),
  lang: z.enum(['en', 'zh', 'other']),
  source: z.string().min(1),
});

/** Rows of a file with a JSON object a line. Throws on a line that is none of these. */
export function readJsonRows(file: string): Row[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((text) => ({ ...line.parse(JSON.parse(text)), instructions: '' }));
}

/** How many passages each prompt about `{text}` is shown with. */
const PASSAGES_EACH = 3;

/**
 * Rows written for this project: `own/<lang>-<kind>.txt`, a `# task` above its prompts, one a line, `\n` for a line break.
 * `{text}` stands for a passage. The same passages serve every task, so that only what is asked tells tasks apart; once
 * the prompt also moves into the system message, as applications do.
 */
export function readOwnRows(folder: string): Row[] {
  const passages = { en: readLines(join(folder, 'passages-en.txt')), zh: readLines(join(folder, 'passages-zh.txt')) };
  const files = readdirSync(folder).filter((name) => !name.startsWith('passages-'));
  return files.sort().flatMap((name) => readOwnFile(join(folder, name), name, passages));
}

function readOwnFile(file: string, name: string, passages: Record<'en' | 'zh', string[]>): Row[] {
  const lang = name.startsWith('zh') ? 'zh' : 'en';
  const source = `own:${name.replace('.txt', '')}`;
  const rows: Row[] = [];
  let task: WordedTask | null = null;
  for (const [number, content] of readLines(file).entries()) {
    if (content.startsWith('# ')) {
      task = z.enum(wordedTasks).parse(content.slice(2));
      continue;
    }
    if (task === null) throw new Error(`${file}: a prompt stands before the first "# task"`);
    const prompt = content.replaceAll('\\n', '\n');
    if (!prompt.includes('{text}')) {
      rows.push({ text: prompt, instructions: '', task, lang, source });
      continue;
    }
    for (let copy = 0; copy < PASSAGES_EACH; copy += 1) {
      const passage = passages[lang][(number * 7 + copy * 5) % passages[lang].length] ?? '';
      const moves = copy === PASSAGES_EACH - 1;
      const instructions = moves ? prompt.replace('{text}', '').trim() : '';
      rows.push({ text: moves ? passage : prompt.replace('{text}', passage), instructions, task, lang, source });
    }
  }
  return rows;
}

const readLines = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text.trim() !== '');

/** All rows that the committed model is trained on. `data` is the room's folder of that name. */
export function readTrainingRows(data: string): Row[] {
  return [...readJsonRows(join(data, 'public.jsonl')), ...readOwnRows(join(data, 'own'))];
}
