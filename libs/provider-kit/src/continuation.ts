/**
 * Going on where another vendor broke off. Where a vendor lets the assistant's turn be begun for it, its last turn is what
 * was shown; everywhere else two turns are added: what was said, and the wish to go on. What is repeated all the same (a
 * vendor may give the beginning back) is left out where it is shown.
 */
const GO_ON =
  'Your last message was cut off. Go on exactly where it stopped, in the middle of a word if need be. ' +
  'Repeat nothing, add no introduction, write only what follows.';

/** How a vendor is told that the assistant's last turn is only begun. */
interface Prefill {
  /** The flag it wants on that turn; none: a last turn of the assistant's is enough. */
  readonly flag: 'prefix' | 'partial' | null;
  /** The models that take it; others of the vendor refuse. */
  readonly models: RegExp;
}

const ANY_MODEL = /(?:)/;

const prefills: Readonly<Record<string, Prefill>> = {
  mistral: { flag: 'prefix', models: ANY_MODEL },
  moonshot: { flag: 'partial', models: ANY_MODEL },
  qwen: { flag: 'partial', models: /^qwen-?(?:max|plus|turbo|flash|coder)/ },
  // From Claude 4.6 on a last turn of the assistant's is refused.
  anthropic: { flag: null, models: /^claude-(?:3|(?:opus|sonnet|haiku)-4-(?:0|1|5|\d{8}))/ },
};

export interface ContinuationTurn {
  readonly role: 'assistant' | 'user';
  readonly content: string;
  readonly prefix?: true;
  readonly partial?: true;
}

/** The turns to add, in OpenAI's shape. None when nothing was shown. `thinks`: it thinks first, which no prefill allows. */
export function continuationMessages(
  textSoFar: string,
  where: { readonly vendor: string; readonly model: string; readonly thinks?: boolean },
): ContinuationTurn[] {
  if (textSoFar === '') return [];
  const prefill = prefills[where.vendor];
  if (prefill === undefined || where.thinks === true || !prefill.models.test(where.model)) {
    return [
      { role: 'assistant', content: textSoFar },
      { role: 'user', content: GO_ON },
    ];
  }
  // Blanks at the end of a turn that is only begun are refused, or lead models astray.
  const begun = textSoFar.trimEnd();
  if (begun === '') return [];
  return [{ role: 'assistant', content: begun, ...(prefill.flag !== null && { [prefill.flag]: true }) }];
}
