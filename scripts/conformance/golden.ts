/** The shapes of a corpus: what its golden files and `contexts.json` hold. */

export interface GoldenStep {
  readonly name: string;
  readonly image?: string;
  readonly auth?: { readonly address: string; readonly username: string; readonly password: string };
  readonly pull?: string;
  readonly depends_on?: readonly string[];
  readonly run_policy: string;
  readonly err_policy?: string;
  readonly script?: string;
  readonly files?: readonly { readonly script?: string }[];
  readonly environment?: Environment;
  readonly secrets?: readonly { readonly env: string; readonly name: string; readonly value?: string }[];
  readonly volumes?: readonly { readonly name: string; readonly path: string }[];
  readonly devices?: readonly { readonly name: string; readonly path: string }[];
  readonly [member: string]: unknown;
}

export type Environment = Readonly<Record<string, string | null>>;

export interface GoldenPipeline {
  readonly type: string;
  /** Present for types that the corpus does not compile. */
  readonly note?: string;
  readonly error?: string;
  /** As written. */
  readonly platform?: Readonly<Partial<Record<'os' | 'arch' | 'variant' | 'version', string>>>;
  readonly environment?: Environment;
  readonly volumes?: readonly GoldenVolume[];
  readonly steps?: readonly GoldenStep[];
}

export interface GoldenVolume {
  readonly name: string;
  readonly kind: string;
  readonly path?: string;
  readonly medium?: string;
  readonly size_limit?: number;
}

export interface GoldenServer {
  readonly result?: string;
  readonly error?: string;
  readonly status?: string;
  readonly stages?: readonly Readonly<Record<string, unknown>>[] | null;
}

export interface Golden {
  readonly file: string;
  readonly format: string;
  readonly secrets?: readonly string[] | null;
  readonly pull_secrets?: readonly string[] | null;
  readonly converted?: string;
  readonly convert_error?: string;
  readonly server: Readonly<Record<string, GoldenServer | string>>;
  readonly contexts: Readonly<
    Record<string, Readonly<Record<string, GoldenPipeline | string>> | string>
  > | null;
}

export interface GoldenContext {
  readonly repo: Readonly<Record<string, unknown>>;
  readonly build: Readonly<Record<string, unknown>>;
  readonly system: { readonly proto: string; readonly host: string; readonly version: string };
  readonly common_environment: Readonly<Record<string, Environment>>;
}

export interface Contexts {
  readonly contexts: Readonly<Record<string, GoldenContext>>;
  readonly pull_config: unknown;
}

/** A value of one context; the text `same as push` stands for that of the context `push`. */
export function inContext<T extends object>(
  values: Readonly<Record<string, T | string>> | null,
  name: string,
): T | undefined {
  const value = values?.[name];
  if (typeof value === 'object') return value;
  const push = value === 'same as push' ? values?.push : undefined;
  return typeof push === 'object' ? push : undefined;
}
