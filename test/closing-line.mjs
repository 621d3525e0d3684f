// A Jest reporter that counts: into the tally file of run-tests.mjs, or, in a run by hand, as a closing line.
import { appendFileSync } from 'node:fs';

export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const counted = {
      passed: results.numPassedTests,
      // A suite that could not even load is a failure too.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    const file = process.env.SKEIN_TEST_TALLY;
    if (file !== undefined) return appendFileSync(file, `${JSON.stringify(counted)}\n`);
    process.on('exit', () => process.stdout.write(`${counted.passed} passed, ${counted.failed} failed\n`));
  }
}
