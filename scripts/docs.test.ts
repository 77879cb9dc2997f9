import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).sort();
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
/** Commands of npm itself, and `npm run` by another name. */
const NPM_COMMANDS = new Set(['ci', 'install', 'run', 'test', 'start']);

for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8');

  test(`${page} links to files that exist`, () => {
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '');
    const broken = targets.filter(
      (target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(page), target)),
    );
    assert.deepEqual(broken, []);
  });

  test(`${page} names npm commands that exist`, () => {
    const named = [...text.matchAll(/\bnpm run (?:--silent )?([a-z][a-z:]*)/g)].map(
      (match) => match[1] ?? '',
    );
    assert.deepEqual(
      named.filter((name) => scripts[name] === undefined),
      [],
    );
    const direct = [...text.matchAll(/\bnpm ([a-z]+)(?![\w:])/g)].map((match) => match[1] ?? '');
    const inCode = direct.filter((name) => text.includes(`\`npm ${name}`) || text.includes(`\nnpm ${name}`));
    assert.deepEqual(
      inCode.filter((name) => !NPM_COMMANDS.has(name)),
      [],
    );
  });
}
