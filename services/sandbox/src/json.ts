// Reading JSON of unknown shape without casts.

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
export function objectIn(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
export function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
export function objectsIn(value: unknown): JsonObject[] {
  return listIn(value).filter(isObject);
}
export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
export function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The parsed body, or undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
