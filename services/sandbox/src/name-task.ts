// Which task a model names when it is asked for one: told by the question, which lists them, and by plain cues in the quoted text.

const QUESTION = /^Which one of these tasks does the text ask for: ([a-z_, ]+)\?/;
const QUOTED = /<text>\n([\s\S]*?)\n?<\/text>/;

const cues: readonly (readonly [task: string, cue: RegExp])[] = [
  ['translation', /translat|翻译/i],
  ['summarization', /summar|总结|摘要/i],
  ['code', /\b(?:code|function|script|bug|program)\b|```|代码/i],
  ['math_reasoning', /\bhow (?:many|much)\b|\d\s*[-+*/=]\s*\d|多少|计算/i],
  ['classification', /classif|categor|sentiment|分类/i],
  ['extraction', /extract|find all|提取/i],
  ['rewriting', /rewrite|rephrase|改写/i],
  ['writing', /\b(?:write|poem|story|email)\b|写/i],
  ['analysis', /analy[sz]|compare|pros and cons|分析/i],
];

/** The name of a task, the same for the same question; undefined where none is asked for. */
export function taskNamed(prompt: string): string | undefined {
  const offered = QUESTION.exec(prompt)?.[1]?.split(', ');
  if (offered === undefined) return undefined;
  const text = QUOTED.exec(prompt)?.[1] ?? '';
  const told = cues.find(([task, cue]) => offered.includes(task) && cue.test(text))?.[0];
  return told ?? (offered.includes('qa') ? 'qa' : offered[0]);
}
