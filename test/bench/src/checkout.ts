import { fileURLToPath } from 'node:url';

export const checkout = fileURLToPath(new URL('../../../', import.meta.url));
export const benchFile = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
