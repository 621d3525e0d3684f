import { openAiDialect } from '@skein/provider-kit';
import {
  askingForResponses,
  describeConformance,
  describeFuzz,
  openAiShaped,
  responsesShaped,
} from '@skein/provider-kit/conformance';

describeConformance(openAiDialect('openai'), 'openai', openAiShaped);
describeFuzz(openAiDialect('openai'), 'openai', openAiShaped);
describeConformance(askingForResponses(openAiDialect('openai')), 'openai', responsesShaped);
describeFuzz(askingForResponses(openAiDialect('openai')), 'openai', responsesShaped);
