const LIMIT = 1024;

/** The beginning of an answer for the log: at most 1 KiB, one line, without the secrets of the request. */
export function redact(body: Uint8Array, headers: Readonly<Record<string, string>>): string {
  // Twice the limit, so that a secret that crosses the cut is found before the cut is made.
  let text = new TextDecoder().decode(body.subarray(0, LIMIT * 2));
  for (const secret of secretsOf(headers)) text = text.replaceAll(secret, '***');
  text = text.replace(/\b[0-9a-fA-F]{40}\b/g, '***');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a log
  return text.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').slice(0, LIMIT);
}

function secretsOf(headers: Readonly<Record<string, string>>): string[] {
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!/authorization|token|cookie/i.test(name)) continue;
    const credential = value.replace(/^\S+\s+/, '');
    secrets.push(value, credential);
    if (/^basic /i.test(value)) {
      const pair = Buffer.from(credential, 'base64').toString('utf8');
      secrets.push(pair, pair.slice(pair.indexOf(':') + 1));
    }
  }
  return secrets.filter((secret) => secret.length >= 4);
}
