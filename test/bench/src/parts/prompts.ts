/** A dozen prompts of the kinds a gateway sees, from a line to a page. */
const code = `Here is a function:\n\`\`\`ts\nexport function merge(a: number[], b: number[]): number[] {\n  const out: number[] = [];\n  let i = 0;\n  let j = 0;\n  while (i < a.length && j < b.length) out.push(a[i]! <= b[j]! ? a[i++]! : b[j++]!);\n  return [...out, ...a.slice(i), ...b.slice(j)];\n}\n\`\`\`\n`;
const page =
  'The committee met on Tuesday to discuss the annual budget. Several members asked for a second reading, since the figures for maintenance had changed after the audit. '.repeat(
    12,
  );

export const prompts: readonly string[] = [
  'Say hello in three languages.',
  'What is the capital of Australia, and why is it not Sydney?',
  `${code}Refactor it so that it works on any iterable, and write unit tests for the edge cases.`,
  `${code}Why does this fail with "undefined is not a number" when one list is empty?`,
  `Summarize the following minutes in three bullet points:\n\n${page}`,
  'Translate into German: "The delivery will arrive next Thursday; please have somebody at home between nine and noon."',
  'Extract name, date and amount from: "On 3 March Anna Berg paid 1,250.00 EUR for invoice 2031." Answer as JSON.',
  'Is the sentiment of this review positive, negative or neutral? "Great screen, but the battery died after a week."',
  'A train leaves at 9:40 at 80 km/h, another at 10:10 at 120 km/h on the same line. When does the second catch up? Think step by step.',
  'Write a short story about a lighthouse keeper who collects lost letters.',
  'Erkläre mir bitte den Unterschied zwischen einem Mutex und einem Semaphor, mit einem Beispiel.',
  `${page}\n\nWhich three risks does the text imply without naming them, and how would you test for each?`,
];
