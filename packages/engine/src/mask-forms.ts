import { Buffer } from 'node:buffer';

/** Shorter values would turn ordinary words into asterisks and protect nothing (pipeline.md 6.7). */
export const MIN_MASK_BYTES = 3;

/** Text in base64 is shorter than this only for values that every log is full of. */
const MIN_BASE64_CHARACTERS = 6;

/** Of longer values only the lines are looked for: a file is shown by its lines, and its forms would fill memory. */
const MAX_FORMED_CHARACTERS = 4096;

/** Where programs break base64 into lines. */
const BASE64_WIDTHS = [76, 64];

/**
 * All texts under which a secret may appear in a log: each of its lines, trimmed, because logs indent and break;
 * the whole as one line of JSON, of a URL and of a form; and in base64, where its characters depend on how many bytes
 * stand before it.
 */
export function maskForms(value: string): readonly string[] {
  const lines = value
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => Buffer.byteLength(line) >= MIN_MASK_BYTES);
  if (lines.length === 0 || value.length > MAX_FORMED_CHARACTERS) return lines;
  const whole = value.trim();
  const texts = [...new Set([...lines, whole])];
  const encoded = [value, ...texts].flatMap(base64Forms);
  return [...new Set([...lines, ...texts.flatMap(escapedForms), ...encoded, ...brokenForms(value)])];
}

function escapedForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  // A lone half of a pair has no form in a URL.
  const url = text.isWellFormed() ? encodeURIComponent(text) : text;
  const strict = url.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [
    json,
    // As Go writes JSON.
    json.replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`),
    json.replaceAll('/', '\\/'),
    asciiJson(json),
    url,
    strict,
    strict.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    strict.replaceAll('%20', '+'),
    // The path of an address keeps more signs as they are.
    text.isWellFormed() ? encodeURI(text) : text,
  ];
  return forms.filter((form) => !/[\r\n]/.test(form));
}

/** The lines of base64 that has been broken into lines. */
function brokenForms(value: string): readonly string[] {
  const encoded = Buffer.from(value).toString('base64');
  return BASE64_WIDTHS.filter((width) => encoded.length > width).flatMap((width) => {
    const pieces = Array.from({ length: Math.ceil(encoded.length / width) }, (_, at) =>
      encoded.slice(at * width, (at + 1) * width),
    );
    return pieces.filter((piece) => piece.length >= MIN_BASE64_CHARACTERS);
  });
}

function asciiJson(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * For each of the three places where the value may begin: the characters that depend on nothing else, and the same
 * with the end that they have when nothing follows.
 */
function base64Forms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const forms = [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const from = Math.ceil((before * 8) / 6);
    const until = Math.floor(((before + bytes.length) * 8) / 6);
    return [encoded.slice(from), encoded.replace(/=+$/, '').slice(from), encoded.slice(from, until)];
  });
  const long = [...new Set(forms)].filter((form) => form.length >= MIN_BASE64_CHARACTERS);
  return [...long, ...long.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}
