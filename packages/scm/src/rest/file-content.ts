import { ScmError } from '../errors.ts';

/** Bytes of one file, when the caller names no other limit. */
export const MAX_FILE = 4 * 1024 * 1024;

/** The bytes of a Base64 text, which may hold line breaks. An empty file has none. */
export function decodeContent(base64: string, maxBytes: number): Uint8Array {
  const data = Buffer.from(base64, 'base64');
  if (data.length > maxBytes) throw tooLarge();
  return data;
}

/** The error for a file above the limit. */
export function tooLarge(): ScmError {
  return new ScmError('validation', 'The file is too large.', {
    hint: 'A pipeline file may have 1 MiB and any other one 4 MiB.',
  });
}

/** The error for folders, symbolic links and submodules. */
export function notAFile(): ScmError {
  return new ScmError('validation', 'The path is not a file.', {
    hint: 'Folders, symbolic links and submodules cannot be read as a file.',
  });
}
