import { Controller, Inject } from '@nestjs/common';
import { SETTINGS } from '@skein/boot';
import { Serves, type ServedContext } from '@skein/bus';
import type { SettingsOf } from '@skein/config';
import { Classify, CountTokens, type Features } from '@skein/contracts/classifier';
import type { DeclaredTask } from '@skein/contracts/gateway';
import { inSpan, withSpan } from '@skein/telemetry';
import { classify } from './classify.js';
import { countPromptTokens } from './count-tokens.js';
import { estimateOtherTokens } from './estimate-tokens.js';
import { readPrompt } from './read-prompt.js';
import type { classifierSettings } from './settings.js';

/** Wire in → classify() or countPromptTokens() → wire out. */
@Controller()
export class ClassifierController {
  readonly #threshold: number;

  constructor(@Inject(SETTINGS) settings: SettingsOf<typeof classifierSettings>) {
    this.#threshold = settings.CLASSIFIER_THRESHOLD;
  }

  @Serves(Classify)
  classify(request: { declared_task: DeclaredTask | null }, context: ServedContext): Features {
    return inSpan('classify', { parent: context.traceparent }, () =>
      classify(context.body.json, request.declared_task, this.#threshold),
    );
  }

  @Serves(CountTokens)
  countTokens(_request: object, context: ServedContext): Promise<{ tokens: number; of_text: number }> {
    return withSpan('count tokens', { parent: context.traceparent }, async () => {
      const prompt = readPrompt(context.body.json);
      const tokens = await countPromptTokens(prompt);
      return { tokens, of_text: tokens - estimateOtherTokens(prompt) };
    });
  }
}
