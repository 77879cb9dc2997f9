import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createProfiler } from './profiler.ts';

const run = promisify(execFile);

test('[legacy 40] the snapshot is one that V8 wrote', async () => {
  // In a process of its own: looking at a large heap takes seconds, in which nothing else runs.
  const module = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'profiler.ts')).href);
  const script = `const { createProfiler } = await import(${module});
createProfiler({ nowMs: () => 0 }).snapshot().pipe(process.stdout);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    maxBuffer: 256 * 1024 * 1024,
  });
  const snapshot = JSON.parse(stdout) as { readonly snapshot: { readonly node_count: number } };
  assert.ok(snapshot.snapshot.node_count > 1000);
});

test('[legacy 40] the heap is sampled on after somebody else has stopped the sampler', async (t) => {
  const first = createProfiler({ nowMs: () => 0 });
  const second = createProfiler({ nowMs: () => 0 });
  t.after(() => Promise.all([first.stop(), second.stop()]));
  await first.heap({ collectsFirst: false });
  await second.start();
  await second.stop();
  const { types } = await first.heap({ collectsFirst: false });
  assert.deepEqual(
    types.map(({ type }) => type),
    ['inuse_objects', 'inuse_space'],
  );
});

test('[legacy 41] a recording ends when nobody waits for it, and the next one may begin', async () => {
  const profiler = createProfiler({ nowMs: () => 0 });
  const gone = new AbortController();
  const recording = profiler.cpu(300, gone.signal);
  await assert.rejects(profiler.trace(1, gone.signal), /Another profile/);
  gone.abort();
  assert.notEqual((await recording).durationMs, undefined);
  assert.match(await profiler.trace(0.01, new AbortController().signal), /^\{"traceEvents":\[/);
});
