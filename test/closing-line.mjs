// A Jest reporter with one duty: the last line of the run reads "N passed, N failed", whatever came before it.
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const brokenSuites = results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    process.on('exit', () => {
      const line = `${results.numPassedTests} passed, ${results.numFailedTests + brokenSuites} failed`;
      process.stdout.write(skipped > 0 ? `${line}, ${skipped} skipped\n` : `${line}\n`);
    });
  }
}
