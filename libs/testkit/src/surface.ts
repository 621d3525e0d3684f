/** Answers of the HTTP and NATS doors as a customer reads them: written from the surface, not from the rooms' types. */

export interface ChatAnswer {
  readonly id: string;
  readonly object: string;
  readonly model: string;
  readonly choices: readonly {
    readonly message: { readonly role: string; readonly content: string | null };
    readonly finish_reason: string | null;
  }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
}

export interface ChatChunk {
  readonly id: string;
  readonly object: string;
  readonly choices: readonly {
    readonly delta: { readonly role?: string; readonly content?: string | null };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: ChatAnswer['usage'] | null;
}

export interface ErrorAnswer {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
    readonly source?: string;
    readonly vendor?: string;
    readonly detail?: unknown;
  };
}

export interface AttemptAnswer {
  readonly id: string;
  readonly vendor: string;
  readonly model: string;
  readonly outcome: string;
  readonly first_byte_ms: number | null;
  readonly total_ms: number;
  readonly usage: Readonly<Record<string, number>> | null;
  readonly usage_source: string;
  readonly cost_usd: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface PlanAnswer {
  readonly revision: string;
  readonly strategy: string;
  readonly candidates: readonly {
    readonly vendor: string;
    readonly model: string;
    readonly score: number;
    readonly reason: string;
    readonly expected: {
      readonly tokens: number;
      readonly cost_usd: string | null;
      readonly latency_ms: number | null;
    };
    readonly notices?: readonly string[];
  }[];
  readonly excluded: readonly { readonly vendor: string; readonly model: string; readonly rule: string }[];
}

export interface ExplainAnswer extends Partial<ErrorAnswer> {
  readonly features: {
    readonly task: string;
    readonly confidence: number;
    readonly abstained: boolean;
    readonly language: string;
    readonly tokens: number;
    readonly complexity: { readonly score: number; readonly tier: string };
    readonly needs: readonly string[];
  };
  readonly plan?: PlanAnswer;
}

export interface RecordAnswer {
  readonly id: string;
  readonly status: string;
  readonly tenant: string;
  readonly user: string | null;
  readonly task: string | null;
  readonly request: { readonly model: string };
  readonly explanation: ExplainAnswer | null;
  readonly attempts: readonly AttemptAnswer[];
  readonly usage: Readonly<Record<string, number>> | null;
  readonly cost_usd: string | null;
  readonly cache: string | null;
  readonly overhead_ms: number | null;
  readonly error: { readonly code: string } | null;
  readonly trace_id: string | null;
}

export interface UsageAnswer {
  readonly requests: number;
  readonly attempts: number;
  readonly unknown: number;
  readonly tokens: Readonly<Record<string, number>>;
  readonly cost_usd: string;
}

export interface JobAnswer {
  readonly id: string;
  readonly object: string;
  readonly status: 'queued' | 'scheduled' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired';
  readonly endpoint: string;
  readonly result: { readonly status_code: number; readonly body: unknown } | null;
  readonly error: { readonly code?: string } | null;
  readonly attempts: readonly AttemptAnswer[];
  readonly cost_usd: string | null;
}

export interface ModelsAnswer {
  readonly object: string;
  readonly data: readonly { readonly id: string; readonly object: string; readonly owned_by: string }[];
}
