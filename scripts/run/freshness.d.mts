export function serverStamp(root: string): string;
export function webStamp(root: string): string;
export function isServerFresh(root: string): boolean;
export function isWebFresh(root: string): boolean;
export function serverEntry(root: string): string;
export function webFolder(root: string): string;
export function stampFile(root: string, part: 'server' | 'web'): string;
