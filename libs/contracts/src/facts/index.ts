export { FACT_STREAM, FACT_SUBJECTS, factConsumers, facts, type FactConsumer } from './consumers.js';
