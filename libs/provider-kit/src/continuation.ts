/**
 * Going on where another vendor broke off. Prefilling the assistant's turn works at few vendors and at fewer models, so
 * every vendor gets the same two turns: what was said, and the wish to go on.
 */
const GO_ON =
  'Your last message was cut off. Go on exactly where it stopped, in the middle of a word if need be. ' +
  'Repeat nothing, add no introduction, write only what follows.';

/** The turns to add, in OpenAI's shape. None when nothing was shown. */
export function continuationMessages(textSoFar: string): { role: 'assistant' | 'user'; content: string }[] {
  if (textSoFar === '') return [];
  return [
    { role: 'assistant', content: textSoFar },
    { role: 'user', content: GO_ON },
  ];
}
