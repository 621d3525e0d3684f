// The sentence banks answers are drawn from. `{topic}` is what the prompt is about.
import { drawBetween, pick, type Draw } from './hash.js';

const OPENINGS = [
  'At its core, {topic} comes down to a trade-off between clarity and reach.',
  'There are a few things worth knowing about {topic}.',
  'The short version: {topic} works best when the goal is stated first.',
  'When people talk about {topic}, they usually mean one of two things.',
  'A useful way to think about {topic} is to start from the outcome and work backwards.',
  'Good question: {topic} is simpler than it first appears.',
];
const BODIES = [
  'In practice, most teams begin with a small example and widen it once the numbers hold up.',
  'The main cost is attention: somebody has to check the result before anyone relies on it.',
  'Two details matter more than the rest, namely how the work is split and who reads the outcome.',
  'Earlier approaches relied on long lists of rules, which were easy to write and hard to keep true.',
  'Measured over a few weeks, the difference is visible but rarely dramatic.',
  'It helps to write down the assumptions, because they are the first thing to change.',
  'A common mistake is to optimise the part that is easy to see instead of the part that is slow.',
  'The evidence is mixed for large groups and fairly strong for small ones.',
  'If time is short, keep the first step and skip the refinements.',
  'None of this needs special tools; a careful list and a calendar go a long way.',
  'Where two sources disagree, the more recent one is usually closer to the truth.',
  'The effect fades with distance, so the nearest cases deserve the most care.',
];
const CLOSINGS = [
  'Start small, look at what happens, and adjust.',
  'That is usually enough to make a sound decision.',
  'Let me know if you would like a concrete example.',
  'From there, the next step tends to suggest itself.',
];
const CHINESE = [
  '关于{topic},可以先从最基本的概念谈起。',
  '在实际应用中,大多数人会先做一个小规模的试验。',
  '其中最重要的是把目标说清楚,再决定采用哪种方法。',
  '常见的误区是只关注容易看到的部分,而忽略了真正的瓶颈。',
  '如果时间有限,可以保留第一步,其余的以后再补充。',
  '总体来看,循序渐进比一次到位更可靠。',
  '不同的资料说法略有出入,建议以较新的来源为准。',
  '最后,别忘了检查结果是否符合最初的假设。',
];
const TRANSLATED: Readonly<Record<string, readonly string[]>> = {
  french: [
    'Bonjour tout le monde.',
    'Le temps est clair ce matin et la rue est calme.',
    'Nous partirons demain après le petit déjeuner.',
    'Merci beaucoup pour votre aide.',
  ],
  german: [
    'Hallo zusammen.',
    'Das Wetter ist heute Morgen klar und die Straße ist ruhig.',
    'Wir fahren morgen nach dem Frühstück los.',
    'Vielen Dank für Ihre Hilfe.',
  ],
  spanish: [
    'Hola a todos.',
    'El tiempo está despejado esta mañana y la calle está tranquila.',
    'Saldremos mañana después del desayuno.',
    'Muchas gracias por su ayuda.',
  ],
  italian: [
    'Ciao a tutti.',
    'Il tempo è sereno stamattina e la strada è tranquilla.',
    'Partiremo domani dopo colazione.',
    'Grazie mille per il vostro aiuto.',
  ],
  portuguese: [
    'Olá a todos.',
    'O tempo está limpo esta manhã e a rua está calma.',
    'Partiremos amanhã depois do café.',
    'Muito obrigado pela ajuda.',
  ],
  japanese: [
    '皆さん、こんにちは。',
    '今朝は天気が良く、通りは静かです。',
    '明日の朝食のあとに出発します。',
    'ご協力ありがとうございます。',
  ],
  chinese: ['大家好。', '今天早上天气晴朗,街道很安静。', '我们明天早饭后出发。', '非常感谢您的帮助。'],
  english: [
    'Hello everyone.',
    'The weather is clear this morning and the street is quiet.',
    'We will leave tomorrow after breakfast.',
    'Thank you very much for your help.',
  ],
};
const THOUGHTS = [
  'The user asks about {topic}.',
  'Let me work out what is being asked before answering.',
  'There are two ways to read this; the plain one fits better.',
  'I should check the numbers once more.',
  'A short answer is enough, with one reason.',
  'The context does not change the result.',
  'I will state the result first and then explain it.',
];
const LIST_ITEMS = [
  'Begin with the part of {topic} that changes least.',
  'Write the goal down in one sentence.',
  'Compare two alternatives side by side.',
  'Ask someone outside the group to read it.',
  'Measure before and after.',
  'Remove what nobody has used for a month.',
  'Plan a date to look at it again.',
  'Keep a note of what surprised you.',
  'Prefer the reversible option.',
  'Share the result early.',
];
const CODE: Readonly<Record<string, (name: string) => string>> = {
  python: (name) =>
    `def ${name}(items):\n    """Return the distinct items in their first order."""\n    seen = set()\n    result = []\n    for item in items:\n        if item not in seen:\n            seen.add(item)\n            result.append(item)\n    return result`,
  typescript: (name) =>
    `export function ${name}<T>(items: readonly T[]): T[] {\n  const seen = new Set<T>();\n  return items.filter((item) => {\n    if (seen.has(item)) return false;\n    seen.add(item);\n    return true;\n  });\n}`,
  javascript: (name) => `function ${name}(items) {\n  return [...new Set(items)];\n}\n\nmodule.exports = { ${name} };`,
  go: (name) =>
    `func ${name}(items []string) []string {\n\tseen := make(map[string]bool)\n\tvar result []string\n\tfor _, item := range items {\n\t\tif !seen[item] {\n\t\t\tseen[item] = true\n\t\t\tresult = append(result, item)\n\t\t}\n\t}\n\treturn result\n}`,
  rust: (name) =>
    `fn ${name}(items: &[String]) -> Vec<String> {\n    let mut seen = std::collections::HashSet::new();\n    items.iter().filter(|item| seen.insert(item.as_str())).cloned().collect()\n}`,
  java: (name) =>
    `static List<String> ${name}(List<String> items) {\n    return new ArrayList<>(new LinkedHashSet<>(items));\n}`,
  sql: (name) =>
    `-- ${name}\nSELECT customer_id, COUNT(*) AS orders\nFROM orders\nWHERE created_at >= DATE '2026-01-01'\nGROUP BY customer_id\nORDER BY orders DESC\nLIMIT 10;`,
  bash: () =>
    `#!/usr/bin/env bash\nset -euo pipefail\nfind . -type f -name '*.log' -mtime +7 -print0 | xargs -0 -r gzip`,
};

export const CODE_LANGUAGES: readonly string[] = Object.keys(CODE);
export const SPOKEN_LANGUAGES: readonly string[] = Object.keys(TRANSLATED);

const withTopic = (sentence: string, topic: string): string => {
  const filled = sentence.replace('{topic}', topic);
  return filled.charAt(0).toUpperCase() + filled.slice(1);
};

/** Sentences about the topic without end, opening first; the caller takes as many as it needs. */
export function* sentencesAbout(topic: string, draw: Draw, isChinese: boolean): Generator<string, never> {
  yield withTopic(isChinese ? (CHINESE[0] ?? '') : pick(draw, OPENINGS), topic);
  const bank = isChinese ? CHINESE.slice(1) : BODIES;
  for (let at = drawBetween(draw, 0, bank.length - 1); ; at += 1) yield bank[at % bank.length] ?? '';
}

export function closingSentence(draw: Draw): string {
  return pick(draw, CLOSINGS);
}

export function* thoughtsAbout(topic: string, draw: Draw): Generator<string, never> {
  yield withTopic(THOUGHTS[0] ?? '', topic);
  for (let at = drawBetween(draw, 1, THOUGHTS.length - 1); ; at += 1)
    yield THOUGHTS[1 + (at % (THOUGHTS.length - 1))] ?? '';
}

export function codeIn(language: string, name: string, draw: Draw): string {
  const code = (CODE[language] ?? CODE['python'])?.(name) ?? '';
  const remark = pick(draw, [
    'It runs in linear time.',
    'It keeps the first of equal items.',
    'Empty input gives an empty result.',
  ]);
  return `Here is one way to do it:\n\n\`\`\`${language}\n${code}\n\`\`\`\n\n${remark} ${pick(draw, CLOSINGS)}`;
}

export function translationInto(language: string, sourceTokens: number, draw: Draw): string {
  const bank = TRANSLATED[language] ?? TRANSLATED['english'] ?? [];
  const count = Math.min(bank.length, Math.max(1, Math.round(sourceTokens / 12)));
  const from = drawBetween(draw, 0, bank.length - count);
  return bank.slice(from, from + count).join(' ');
}

export function listAbout(topic: string, count: number, draw: Draw): string {
  const from = drawBetween(draw, 0, LIST_ITEMS.length - 1);
  return Array.from({ length: count }, (_, i) => {
    const item = LIST_ITEMS[(from + i) % LIST_ITEMS.length] ?? '';
    return `${i + 1}. ${withTopic(item, topic)}`;
  }).join('\n');
}
