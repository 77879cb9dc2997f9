export interface Host {
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
  readonly execPath: string;
}
export function findNode(root: string, host?: Host): string | undefined;
export function missingNodeMessage(host?: Host): string;
