/** How differently spelled names of one model are recognised: case, and `_`, `.` and blanks against `-`. */

/** `gpt_4o`, `GPT-4o` and `gpt-4o` have one key; so have `claude-sonnet-4.5` and `claude-sonnet-4-5`. */
export function nameKey(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[_.\s]+/g, '-');
}

/** The last segment of a host's name for a model: `meta-llama/llama-3.3-70b-instruct` → `llama-3.3-70b-instruct`. */
export function bareName(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}
