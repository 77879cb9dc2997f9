import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocuments } from '../documents.ts';
import { createFindingLog } from '../finding-log.ts';
import { convertLegacy } from './convert-legacy.ts';

const SAMPLE = `workspace: {base: /go, path: src/x}
branches: {include: [main, "a/*"], exclude: b}
clone:
  git: {image: plugins/git, depth: 50}
pipeline:
  base: &base
    image: golang:\${GO}
    environment: [A=1, "B=x: y"]
  build:
    <<: *base
    group: g
    commands:
    - go build
    - |
      echo "a"
      echo b
    secrets: [a, {source: b, target: c}]
    volumes: [/var:/var, /tmp]
    when: {event: [push, tag], matrix: {GO: "1.10"}, local: true}
  build:
    image: plugins/docker
    tags: ["1.10", yes, ~, {x: [y]}]
services:
  db: {image: mysql, privileged: true}
matrix: {GO: ["1.10", 1.11], DB: [a, b]}
secrets: {s: {path: p, name: n}}
`;
const PIECES = [
  '\n',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '*',
  '&',
  '"',
  "'",
  '#',
  '|',
  '>',
  '<<',
  '~',
  '\0',
  '\u2028',
  '${',
  '---\n',
  '...',
];
const CASES = Number(process.env.SORTIE_FUZZ ?? 1000);

test('no bytes make the conversion throw, and what it writes can be read again', () => {
  const random = generator(7);
  for (let run = 0; run < CASES; run += 1) {
    const text = mutate(SAMPLE, random);
    const result = convertLegacy(text, {
      file: 'x',
      repoLink: 'https://x/y/z',
      compatibility: run % 2 === 0,
    });
    const log = createFindingLog('converted');
    parseDocuments(result.text, log);
    assert.deepEqual(log.list(), [], JSON.stringify({ run, text, converted: result.text }));
  }
});

function mutate(text: string, random: (below: number) => number): string {
  let mutated = text;
  for (let times = 1 + random(4); times > 0; times -= 1) {
    const at = random(mutated.length);
    const cut = random(3) === 0 ? random(40) : random(2);
    const piece =
      random(2) === 0 ? (PIECES[random(PIECES.length)] ?? '') : mutated.slice(at, at + random(20));
    mutated = mutated.slice(0, at) + piece + mutated.slice(at + cut);
  }
  return mutated;
}

/** Whole numbers below a bound, the same ones in every run (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
