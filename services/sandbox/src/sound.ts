// Speech that can be heard again: a WAV of soft tones as long as the text takes to say, with the text in a comment chunk, so
// that transcribing what the sandbox spoke gives the text back. Other formats are the same file under another name.
import { hashText } from './hash.js';

const RATE = 8_000;
const CHARACTERS_PER_SECOND = 15;
const LONGEST_SECONDS = 60;
const COMMENT = 'ICMT';
const LOUDNESS = 1_200;

/** Speaks the text. The same text and voice give the same bytes. */
export function speak(text: string, voice: string): { sound: Buffer; seconds: number } {
  const seconds = Math.min(LONGEST_SECONDS, Math.max(0.2, [...text].length / CHARACTERS_PER_SECOND));
  const samples = Math.round(seconds * RATE);
  const data = Buffer.alloc(samples * 2);
  const pitch = 120 + (hashText(voice) % 120);
  for (let at = 0; at < samples; at += 1) {
    data.writeInt16LE(Math.round(Math.sin((at * pitch * 2 * Math.PI) / RATE) * LOUDNESS), at * 2);
  }
  const info = Buffer.concat([Buffer.from('INFO'), chunk(COMMENT, Buffer.from(`${text}\0`))]);
  const form = Buffer.alloc(16);
  form.writeUInt16LE(1, 0);
  form.writeUInt16LE(1, 2);
  form.writeUInt32LE(RATE, 4);
  form.writeUInt32LE(RATE * 2, 8);
  form.writeUInt16LE(2, 12);
  form.writeUInt16LE(16, 14);
  const inner = Buffer.concat([Buffer.from('WAVE'), chunk('fmt ', form), chunk('LIST', info), chunk('data', data)]);
  return { sound: chunk('RIFF', inner), seconds };
}

function chunk(name: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 0, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

export interface Heard {
  /** What was said, where the sandbox said it; else words that depend on the sound. */
  text: string;
  seconds: number;
}

/** Listens to a file. */
export function hear(file: Buffer): Heard {
  const comment = file.indexOf(COMMENT, 0, 'latin1');
  const isOurs = file.toString('latin1', 0, 4) === 'RIFF' && comment !== -1;
  if (!isOurs) {
    const mark = hashText(file.toString('latin1')).toString(36);
    return { text: `A recording of ${file.length} bytes, known as ${mark}.`, seconds: Math.ceil(file.length / 16_000) };
  }
  const from = comment + 8;
  const said = file.toString('utf8', from, from + file.readUInt32LE(comment + 4));
  const data = file.indexOf('data', from, 'latin1');
  const samples = data === -1 ? 0 : (file.length - data - 8) / 2;
  return { text: said.replaceAll('\0', ''), seconds: Math.max(1, Math.round(samples / RATE)) };
}
