import { describeConformance, describeFuzz } from '@skein/provider-kit/conformance';
import { anthropicShaped } from '../test/anthropic-shaped.js';
import { anthropic } from './anthropic.js';

describeConformance(anthropic, 'anthropic', anthropicShaped);
describeFuzz(anthropic, 'anthropic', anthropicShaped);
