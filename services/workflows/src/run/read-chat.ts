// A chat request to `workflow/<name>` → what its run is given. Pure.
import { SkeinError } from '@skein/contracts/errors';
import { chatRequest } from '@skein/contracts/openai';
import type { RunRequest, WorkflowDefinition } from '@skein/contracts/workflows';
import { runRequest } from '@skein/contracts/workflows';

interface Part {
  readonly type: string;
  readonly text?: unknown;
  readonly image_url?: unknown;
  readonly input_audio?: unknown;
}

/** The name behind `workflow/`. */
export function workflowOf(model: string): string {
  return model.replace(/^workflow\//, '');
}

/**
 * The last user message is the input; images and audio in it fill the workflow's inputs of that type, in order. More
 * inputs may stand under `inputs`, a field of ours beside the dialect's own.
 */
export function readChat(
  body: unknown,
  definition: WorkflowDefinition,
): { request: RunRequest; includeUsage: boolean } {
  const parsed = chatRequest.safeParse(body);
  const [issue] = parsed.error?.issues ?? [];
  if (!parsed.success) {
    throw new SkeinError('invalid_request', issue?.message ?? 'is no chat request', {
      param: issue?.path.map(String).join('.') ?? null,
    });
  }
  const chat = parsed.data;
  const content = chat.messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const parts: readonly Part[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const text = parts
    .flatMap((part) => (part.type === 'text' && typeof part.text === 'string' ? [part.text] : []))
    .join('\n');
  const images = parts.flatMap((part) => (part.type === 'image_url' ? [urlOf(part.image_url)] : []));
  const audio = parts.flatMap((part) => (part.type === 'input_audio' ? [audioUrlOf(part.input_audio)] : []));
  const media = Object.entries(definition.inputs ?? {}).flatMap(([name, { type }]) => {
    const next = type === 'image' ? images.shift() : type === 'audio' ? audio.shift() : undefined;
    return next === undefined ? [] : [[name, next] as const];
  });
  const own = runRequest.shape.inputs.safeParse(chat['inputs']);
  if (!own.success) throw new SkeinError('invalid_request', 'inputs: must be an object', { param: 'inputs' });
  const given: Record<string, unknown> = { ...Object.fromEntries(media), ...own.data };
  return {
    request: { inputs: given, ...(text !== '' && { input: text }) },
    includeUsage: chat.stream_options?.include_usage === true,
  };
}

function urlOf(image: unknown): string {
  if (typeof image === 'string') return image;
  return typeof image === 'object' && image !== null && 'url' in image ? String(image.url) : '';
}

function audioUrlOf(audio: unknown): string {
  if (typeof audio !== 'object' || audio === null || !('data' in audio)) return '';
  const format = 'format' in audio ? String(audio.format) : 'wav';
  return `data:audio/${format};base64,${String(audio.data)}`;
}
