import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import { countOf, valueAt, type JsonObject } from '../../json.js';

/** Usage by tokens or by time, as the vendor charges; null where neither is told. */
export function readSoundUsage(body: JsonObject): UsageBuckets | null {
  const { usage } = body;
  const input = countOf(valueAt(usage, 'input_tokens'));
  if (input !== null) {
    const audio = Math.min(countOf(valueAt(usage, 'input_token_details.audio_tokens')) ?? 0, input);
    const output = countOf(valueAt(usage, 'output_tokens')) ?? 0;
    return { ...noUsage, input_uncached: input - audio, audio_in: audio, output };
  }
  const seconds = [valueAt(usage, 'seconds'), valueAt(usage, 'prompt_audio_seconds'), body.duration].find(
    (told) => typeof told === 'number' && told >= 0,
  );
  return typeof seconds === 'number' ? soundUsage(Math.ceil(seconds * 1000)) : null;
}

/** Usage of so much sound; null where nobody knows how much. */
export const soundUsage = (audio_ms: number | null): UsageBuckets | null =>
  audio_ms === null ? null : { ...noUsage, units: { audio_ms } };
