/** Which client was seen to do what with models of which vendor; printed when all is done. */

/** One vendor of each shape, and a model that has nothing but Responses: every client has to get along with every one of them. */
export const vendors = [
  { shape: 'OpenAI-shaped', model: 'openai/gpt-4o-mini' },
  { shape: 'Anthropic', model: 'anthropic/claude-haiku-4-5' },
  { shape: 'Gemini', model: 'google/gemini-2.5-flash' },
  { shape: 'Responses-only', model: 'openai/gpt-5-codex' },
] as const;

export type Vendor = (typeof vendors)[number];

export class Matrix {
  readonly #seen = new Map<string, Map<string, string[]>>();

  /** Notes what was just proved. */
  note(client: string, vendor: Vendor, what: string): void {
    const row = this.#seen.get(client) ?? new Map<string, string[]>();
    this.#seen.set(client, row);
    row.set(vendor.shape, [...(row.get(vendor.shape) ?? []), what]);
  }

  toString(): string {
    const lines = [...this.#seen].flatMap(([client, row]) =>
      [...row].map(([shape, what]) => `${client.padEnd(26)} ${shape.padEnd(14)} ${what.join(' · ')}`),
    );
    return ['Clients and vendors', ...lines].join('\n');
  }
}

interface ObjectSchema {
  type: 'object';
  properties: Record<string, object>;
  required: string[];
  additionalProperties: false;
}

export const weather: { name: string; description: string; parameters: ObjectSchema } = {
  name: 'get_weather',
  description: 'Current weather of a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', description: 'Name of the city' } },
    required: ['city'],
    additionalProperties: false,
  },
};

export const recipe: ObjectSchema = {
  type: 'object',
  properties: {
    title: { type: 'string' },
    minutes: { type: 'integer' },
    ingredients: { type: 'array', items: { type: 'string' } },
  },
  required: ['title', 'minutes', 'ingredients'],
  additionalProperties: false,
};

export interface Recipe {
  readonly title: string;
  readonly minutes: number;
  readonly ingredients: readonly string[];
}

export const QUESTION = 'Why do cats purr?';
export const WEATHER_QUESTION = 'What is the weather in Paris right now?';
export const RECIPE_QUESTION = 'Give me a recipe for lentil soup.';
