import { openAiDialect } from '@skein/provider-kit';
import { describeConformance, openAiShaped } from '@skein/provider-kit/conformance';

describeConformance(openAiDialect('openai'), 'openai', openAiShaped);
