/** Health has no settings of its own yet: its rules are constants of `circuit.ts` and `health-window.ts`. */
export const healthSettings = {};
