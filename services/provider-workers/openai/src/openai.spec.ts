import { openAiDialect } from '@skein/provider-kit';
import { describeConformance, describeFuzz, openAiShaped } from '@skein/provider-kit/conformance';

describeConformance(openAiDialect('openai'), 'openai', openAiShaped);
describeFuzz(openAiDialect('openai'), 'openai', openAiShaped);
