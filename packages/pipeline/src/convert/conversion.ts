import type { Build } from '@sortie/core/build';
import type { Finding } from '@sortie/core/finding';
import type { Repo } from '@sortie/core/repo';

/** A pipeline file as it is in the repository. */
export interface ConfigSource {
  /** Path from the root of the repository; its ending selects the converter. */
  readonly path: string;
  readonly text: string;
}

/** What generated configuration may know of a build; its number does not exist yet. */
export type ConvertBuild = Pick<
  Build,
  | 'event'
  | 'action'
  | 'deployTo'
  | 'link'
  | 'source'
  | 'before'
  | 'after'
  | 'target'
  | 'ref'
  | 'title'
  | 'message'
  | 'sourceRepo'
  | 'authorLogin'
  | 'authorName'
  | 'authorEmail'
  | 'authorAvatar'
  | 'sender'
  | 'params'
  | 'cron'
  | 'debug'
>;

export interface ConvertInput {
  readonly repo: Repo;
  readonly build: ConvertBuild;
}

/** Where a file of the repository is, or why it cannot be used, as one sentence. */
export type FoundFile = { readonly text: string } | { readonly problem: string };

/** The limits and switches of the server (config-extensions-ops.md 1.6). */
export interface ConvertRules {
  readonly jsonnet: {
    readonly isEnabled: boolean;
    /** Distinct files that one evaluation may import; 0 forbids imports. */
    readonly importLimit: number;
  };
  readonly starlark: {
    readonly isEnabled: boolean;
    readonly steps: number;
    readonly outputBytes: number;
  };
}

/** Hash functions from bytes to lower-case hexadecimal digits, for templates. */
export interface Hashes {
  readonly md5: (bytes: Uint8Array) => string;
  readonly sha1: (bytes: Uint8Array) => string;
  readonly sha256: (bytes: Uint8Array) => string;
}

/** Everything that a conversion may look at. Pure: what it lacks it names in `wanted`. */
export interface ConvertContext extends ConvertInput {
  readonly rules: ConvertRules;
  /** Files of the repository at the commit of the build, by path. */
  readonly files: ReadonlyMap<string, FoundFile>;
  /** Templates of the repository's namespace by name; `undefined` for one that does not exist. */
  readonly templates: ReadonlyMap<string, string | undefined>;
  readonly hashes: Hashes;
  /** Milliseconds since 1970, for templates. */
  readonly now: () => number;
  /** Convert what Drone converts even where the result cannot run. */
  readonly compatibility?: boolean;
}

/** Names that the conversion has to know before it can go on. */
export interface Wanted {
  readonly files: readonly string[];
  readonly templates: readonly string[];
}

export interface Conversion {
  /** The pipeline file in YAML; empty after an error finding or while something is wanted. */
  readonly text: string;
  /** What findings about `text` should call it: the path, or the path with a note that it was generated. */
  readonly file: string;
  /** About the source, its imports and its templates. */
  readonly findings: readonly Finding[];
  /** Present when the conversion has to be called again with these. */
  readonly wanted?: Wanted;
  /** What scripts printed, for the person who wrote them. */
  readonly printed: readonly string[];
}
