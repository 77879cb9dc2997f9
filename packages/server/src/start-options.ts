import type { Logger } from 'pino';
import type { Config } from './config-build.ts';

/** What a server is started with. */
export interface StartOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly version: string;
  /** Folder with the built web interface. */
  readonly webRoot: string;
  /** Name of the runner inside this process: what an earlier process with it left leased has no runner any more. */
  readonly builtinRunner?: string;
  /** Folders to look for git in, as in PATH. */
  readonly searchPath: string;
}
