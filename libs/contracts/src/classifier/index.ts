export { Classify, CountTokens, features, needs, tiers, type Features, type Need, type Tier } from './classify.js';
