import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { oracleMissing } from '@sortie/testing/go-oracle';
import { encodeProfile, type Profile } from './message.ts';
import { createProfiler } from './profiler.ts';
import { countsProfile, delayProfile } from './report.ts';

const skip = oracleMissing();

/** What `go tool pprof -top` says of a profile. */
async function top(profile: Profile, ...options: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-pprof-'));
  try {
    const file = join(folder, 'profile');
    await writeFile(file, encodeProfile(profile));
    const run = spawnSync('go', ['tool', 'pprof', '-top', ...options, file], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function burnProcessor(milliseconds: number): number {
  const end = performance.now() + milliseconds;
  let sum = 0;
  while (performance.now() < end) for (let index = 0; index < 1000; index += 1) sum += Math.sqrt(index);
  return sum;
}

function allocateMuch(): readonly string[] {
  return Array.from({ length: 300_000 }, (_, index) => `text number ${index}`);
}

test('[legacy 41] go tool pprof reads the processor profile and finds who used the processor', {
  skip,
}, async (t) => {
  const profiler = createProfiler({ nowMs: () => 1_800_000_000_000 });
  t.after(() => profiler.stop());
  const begun = performance.now();
  const recording = profiler.cpu(0.5, new AbortController().signal);
  const busy = setInterval(() => burnProcessor(20), 10);
  const profile = await recording;
  clearInterval(busy);
  const lastedMs = performance.now() - begun;
  const text = await top(profile);
  assert.match(text, /Type: cpu/);
  const [, duration = '', unit] = /Duration: ([\d.]+)(ms|s)/.exec(text) ?? [];
  const durationMs = Number(duration) * (unit === 's' ? 1000 : 1);
  assert.ok(durationMs >= 400 && durationMs <= lastedMs + 10, text);
  assert.match(text, /burnProcessor/);
});

test('[legacy 40] go tool pprof reads the heap profile and finds who took memory', { skip }, async (t) => {
  const profiler = createProfiler({ nowMs: () => 1_800_000_000_000 });
  t.after(() => profiler.stop());
  await profiler.start();
  const kept = allocateMuch();
  const profile = await profiler.heap({ collectsFirst: true });
  assert.equal(kept.length, 300_000);
  assert.match(await top(profile), /Type: inuse_space[\s\S]*allocateMuch/);
  assert.match(await top(profile, '-sample_index=inuse_objects'), /Type: inuse_objects/);
});

test('[legacy 37] [legacy 39] [legacy 44] go tool pprof reads the profiles that count', {
  skip,
}, async () => {
  const counts = new Map([
    ['Timeout', 3],
    ['TCPSocketWrap', 40],
  ]);
  const text = await top(countsProfile('goroutine', counts, 0));
  assert.match(text, /Type: goroutine/);
  assert.match(text, /40 93\.02%.*TCPSocketWrap/);
  const profiler = createProfiler({ nowMs: () => 0 });
  const delays = profiler.eventLoopDelay();
  burnProcessor(5);
  assert.match(await top(delayProfile(delays, 0)), /Type: delay/);
  await profiler.stop();
});
