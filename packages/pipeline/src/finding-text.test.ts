import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '@sortie/core/finding';
import { compileStage } from './compile.ts';
import { aContext } from './compile-context.fixture.ts';
import { explainConfig } from './explain.ts';
import { createFindingLog } from './finding-log.ts';
import { triggerContextOf } from './match.ts';
import { readConfig } from './read.ts';
import { createSeeded, mutate } from './seeded.fixture.ts';
import { shorten } from './short-text.ts';

const CASES = 1000;
const MAX_QUOTED = 40;
/** Longer than what a finding may quote, as tokens are. */
const MARKER = 'hunter2-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const TEXT = `kind: pipeline
name: default
environment:
  G: ${MARKER}
steps:
- name: a
  image: plugins/x
  environment:
    PASSWORD: ${MARKER}
    QUOTED: "${MARKER}"
  settings:
    token: ${MARKER}
    list: [${MARKER}, "${MARKER}"]
    map: {k: ${MARKER}}
- name: b
  image: x
  commands:
  - export A=${MARKER}
---
kind: secret
name: s
data: ${MARKER}
---
kind: signature
hmac: ${MARKER}
`;
const OPTIONS = { file: '.drone.yml' };
const BASE = aContext({ isTrusted: true });
const CONTEXT = { ...BASE, stage: { ...BASE.stage, name: 'default', type: 'docker' } };
const TRIGGER = triggerContextOf(BASE.build, BASE.repo, BASE.system.host);

function quotes(text: string): boolean {
  for (let at = 0; at + MAX_QUOTED < MARKER.length; at += 1) {
    if (text.includes(MARKER.slice(at, at + MAX_QUOTED + 1))) return true;
  }
  return false;
}

test('a finding never quotes more than a line of the file', () => {
  const long = '😀'.repeat(5000);
  const at = { line: 1, column: 1 };
  const log = createFindingLog('f');
  log.add(0, { severity: 'error', code: 'c', message: long, hint: `a${long}`, at, path: [] });
  const [{ message, hint = '' } = { message: '' }] = log.list();
  assert.equal(message, `${'😀'.repeat(249)}…`);
  assert.equal(hint, `a${'😀'.repeat(249)}…`);
  const name = 'n'.repeat(20_000);
  const text = `kind: pipeline\nsteps:\n- {name: ${name}, image: x}\n- {name: ${name}, image: x}\n`;
  const { findings } = readConfig(text, OPTIONS);
  assert.ok(findings.some(({ code }) => code === 'duplicate-step'));
  for (const finding of findings) assert.ok(finding.message.length <= 500, finding.code);
});

test('a short text is kept as it is', () => {
  assert.equal(shorten('abcd', 4), 'abcd');
  assert.equal(shorten('abcde', 4), 'abc…');
});

test('a kind, an anchor and an expression are quoted to forty characters', () => {
  const texts = [
    `kind: ${MARKER}\n`,
    `kind: pipeline\nenvironment: {A: *${MARKER} }\n`,
    `kind: pipeline\nsteps: [{name: a, image: "\${${MARKER.replaceAll('-', '_')}!}"}]\n`,
  ];
  const found = texts.map((text) => {
    const compiled = compileStage(text, OPTIONS, CONTEXT).findings;
    const findings = [...readConfig(text, OPTIONS).findings, ...compiled];
    return findings.find(({ code }) => /^(?:unknown-kind|unknown-anchor|substitution-syntax)$/.test(code));
  });
  assert.deepEqual(
    found.map((finding) => finding?.code),
    ['unknown-kind', 'unknown-anchor', 'substitution-syntax'],
  );
  for (const finding of found) {
    assert.match(finding?.message ?? '', /hunter2.*…/);
    assert.ok((finding?.message.length ?? 0) < 110);
  }
});

test('no value of the environment, the settings or a secret stands in a finding of a damaged file', () => {
  let seen = 0;
  for (let round = 0; round < CASES; round += 1) {
    const random = createSeeded(round * 31 + 7);
    const text = round % 2 === 0 ? mutate(TEXT, random) : mutate(mutate(TEXT, random), random);
    const explained = explainConfig(text, OPTIONS, { trigger: TRIGGER });
    const findings: readonly Finding[] = [
      ...readConfig(text, OPTIONS).findings,
      ...explained.findings,
      ...compileStage(text, OPTIONS, CONTEXT).findings,
    ];
    seen += findings.length;
    for (const { code, message, hint } of findings)
      assert.ok(!quotes(`${message}\n${hint ?? ''}`), `${code} of case ${round}: ${message}`);
    assert.ok(!quotes(JSON.stringify(explained.stages ?? [])), `the explanation of case ${round}`);
  }
  assert.ok(seen > CASES, `only ${seen} findings`);
});
