import type { ChildProcess } from 'node:child_process';
export function relaySignals(child: ChildProcess): void;
export function exitCode(code: number | null, signal: NodeJS.Signals | null): number;
