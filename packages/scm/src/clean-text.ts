const MAX_POINTS = 2_000;

/** Text of a webhook for storing: no control characters but newline and tab, at most 2,000 code points. */
export function cleanText(value: string): string {
  // Four UTF-16 units per code point are more than enough, and keep the work small for huge inputs.
  const start = value.slice(0, MAX_POINTS * 4).toWellFormed();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  const plain = start.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
  return plain.length <= MAX_POINTS ? plain : Array.from(plain).slice(0, MAX_POINTS).join('');
}

/** The same on one line: names, logins, addresses and titles become variables and must not hold newlines. */
export function cleanLine(value: string): string {
  return cleanText(value)
    .replace(/[\n\t\u2028\u2029]+/g, ' ')
    .trim();
}
