/** What one model is asked in one step. */
export interface Ask {
  readonly model: string;
  readonly system: string | null;
  readonly user: string;
  /** Media shown beside the text. */
  readonly attachments: readonly Attachment[];
  /** The answer must be JSON of this form. */
  readonly form: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> } | null;
}

export type Attachment =
  { readonly is: 'image'; readonly url: string } | { readonly is: 'audio'; readonly url: string };

/** The body of the completion, in the canonical dialect. */
export function toChatBody(
  { model, system, user, attachments, form }: Ask,
  options: { temperature?: number; max_tokens?: number; isStreamed: boolean },
): Record<string, unknown> {
  const content = attachments.length === 0 ? user : [{ type: 'text', text: user }, ...attachments.map(toPart)];
  return {
    model,
    messages: [...(system === null ? [] : [{ role: 'system', content: system }]), { role: 'user', content }],
    ...(options.isStreamed && { stream: true }),
    ...(options.temperature !== undefined && { temperature: options.temperature }),
    ...(options.max_tokens !== undefined && { max_tokens: options.max_tokens }),
    ...(form !== null && {
      response_format: { type: 'json_schema', json_schema: { name: form.name, schema: form.schema, strict: true } },
    }),
  };
}

function toPart(attachment: Attachment): Record<string, unknown> {
  if (attachment.is === 'image') return { type: 'image_url', image_url: { url: attachment.url } };
  const [, format = 'wav', data = ''] = /^data:audio\/([a-z0-9-]+);base64,(.*)$/is.exec(attachment.url) ?? [];
  return { type: 'input_audio', input_audio: { data, format: format === 'mpeg' ? 'mp3' : format } };
}
