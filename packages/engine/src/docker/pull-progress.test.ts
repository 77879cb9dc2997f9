import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { readProgress } from './pull-progress.ts';

describe('the progress of a pull', () => {
  async function linesOf(events: readonly object[]): Promise<readonly string[]> {
    const lines: string[] = [];
    const text = events.map((event) => `${JSON.stringify(event)}\r\n`).join('');
    await readProgress(Readable.from([Buffer.from(text)]), 'docker.io/library/app:1', (line) =>
      lines.push(line),
    );
    return lines;
  }

  test('is what Docker says about the image, without its layers', async () => {
    const lines = await linesOf([
      { status: 'Pulling from library/app', id: '1' },
      { status: 'Pulling fs layer', id: 'aa' },
      { status: 'Digest: sha256:bb' },
    ]);
    assert.deepEqual(lines, ['Pulling from library/app', 'Digest: sha256:bb']);
  });

  test('is the name of the image where the daemon speaks of layers only, as Podman does', async () => {
    const lines = await linesOf([
      { status: 'Pulling fs layer', id: 'aa' },
      { status: 'Download complete', id: 'aa' },
      { status: 'Download complete', id: 'cc' },
    ]);
    assert.deepEqual(lines, ['Pulling docker.io/library/app:1']);
  });

  test('ends with what went wrong, and says nothing when nothing was pulled', async () => {
    await assert.rejects(linesOf([{ error: 'manifest unknown' }]), /manifest unknown/);
    assert.deepEqual(await linesOf([{}]), []);
  });
});
