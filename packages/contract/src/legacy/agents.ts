/** A runner as the 0.5 API shows it (api-legacy.md 2.9). */
export interface LegacyAgent {
  readonly id: number;
  readonly address: string;
  /** `linux/amd64`. */
  readonly platform: string;
  readonly capacity: number;
  readonly created_at: number;
  readonly updated_at: number;
}

/** What is known of a runner; `lastContact` and `created` are unix seconds. */
export interface AgentSource {
  readonly name: string;
  readonly platform: { readonly os: string; readonly arch: string };
  readonly capacity: number;
  readonly created: number;
  readonly lastContact: number;
}

export function toLegacyAgent(runner: AgentSource, id: number): LegacyAgent {
  return {
    id,
    address: runner.name,
    platform: `${runner.platform.os}/${runner.platform.arch}`,
    capacity: Math.max(1, runner.capacity),
    created_at: runner.created,
    updated_at: runner.lastContact,
  };
}
