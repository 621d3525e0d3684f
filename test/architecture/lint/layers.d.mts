export declare const layers: Readonly<Record<string, readonly string[]>>;
export declare const exceptions: Readonly<Record<string, readonly string[]>>;
export declare const forTests: readonly string[];
