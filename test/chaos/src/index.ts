// Chaos specs, one failure a file, come here. See README.md.
export {};
