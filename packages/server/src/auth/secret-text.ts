import { createHash, createHmac, randomBytes, randomInt } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Lets people, and programs that look for leaked secrets, recognise a token. */
const TOKEN_MARK = 'sortie_';
/** 40 characters of base 62 hold 238 bits. */
const TOKEN_LENGTH = 40;
/** What is stored in clear: the mark and enough to tell one's own tokens apart, far too little to guess the rest. */
const PREFIX_LENGTH = TOKEN_MARK.length + 5;

/** As long as Drone's; 32 characters of base 62 hold 190 bits. */
const USER_TOKEN_LENGTH = 32;

/** The text of a new API token: `sortie_` and 40 letters and digits. */
export function newTokenText(): string {
  return `${TOKEN_MARK}${randomLetters(TOKEN_LENGTH)}`;
}

/** Runners show their token to the servers that they attach to, so these open nothing else. */
const RUNNER_MARK = `${TOKEN_MARK}runner_`;

/** The text of a new runner token: `sortie_runner_` and 40 letters and digits. */
export function newRunnerTokenText(): string {
  return `${RUNNER_MARK}${randomLetters(TOKEN_LENGTH)}`;
}

/** How a runner token begins, for lists. */
export function prefixOfRunnerToken(text: string): string {
  return text.slice(0, RUNNER_MARK.length + 5);
}

/** The text of the one old token of an account, in Drone's form. */
export function newUserTokenText(): string {
  return randomLetters(USER_TOKEN_LENGTH);
}

/** True for texts in the form of API tokens; operators may have chosen others. */
export function looksLikeApiToken(text: string): boolean {
  return text.startsWith(TOKEN_MARK);
}

function randomLetters(length: number): string {
  return Array.from({ length }, () => BASE62.charAt(randomInt(BASE62.length))).join('');
}

/** How a token begins, for lists. A token that somebody chose may be short, so at most a quarter of it. */
export function prefixOf(text: string): string {
  return looksLikeApiToken(text) ? text.slice(0, PREFIX_LENGTH) : text.slice(0, Math.floor(text.length / 4));
}

/** The value of a new session cookie or sign-in link: 256 random bits, safe in cookies and addresses. */
export function newSecretText(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * What the database keeps instead of a secret. Lookups compare hashes, so the time they take says nothing about
 * the secret. Secrets are random and long; a slow hash would protect nothing more.
 */
export function hashSecret(text: string, key = ''): string {
  const hash = key === '' ? createHash('sha256') : createHmac('sha256', key);
  return hash.update(text).digest('hex');
}
