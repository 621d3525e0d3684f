import { describeConformance, describeFuzz, geminiShaped } from '@skein/provider-kit/conformance';
import { google } from './google.js';

describeConformance(google, 'gemini', geminiShaped);
describeFuzz(google, 'gemini', geminiShaped);
