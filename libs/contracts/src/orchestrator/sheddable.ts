/**
 * What the mesh leaves out, in this order, when it has more to do than it can. `verification`: the checks of workflows by a
 * model, and a second try at the same model for an answer that breaks its form.
 */
export const sheddable = ['hedging', 'semantic_cache', 'llm_classification', 'verification'] as const;
export type Sheddable = (typeof sheddable)[number];
