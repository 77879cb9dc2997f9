import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { GitObjects } from './git-objects.ts';
import type { FakeEntry, FakeObject, FakeRepo } from './state.ts';

/** Takes the commit or tag, and everything behind it that is new, from a Git folder with loose objects. */
export function takeObjects(folder: string, objects: GitObjects, repo: FakeRepo, sha: string): void {
  const read = (id: string): Buffer => {
    const known = objects.get(id);
    if (known !== undefined) return known;
    const path = join(folder, 'objects', id.slice(0, 2), id.slice(2));
    if (!existsSync(path)) throw new Error(`the pushed object ${id} is missing`);
    const whole = inflateSync(readFileSync(path));
    objects.set(id, whole);
    return whole;
  };
  const open = [sha];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const { type, content } = split(read(id));
    if (type === 'tag') {
      const target = /^object ([0-9a-f]{40})/.exec(content.toString('latin1'))?.[1] ?? '';
      repo.tagObjects.set(id, target);
      open.push(target);
    } else if (type === 'commit' && !repo.commits.has(id)) {
      const commit = parseCommit(id, content.toString('utf8'), read);
      repo.commits.set(id, commit);
      open.push(...commit.parents);
    }
  }
}

function split(whole: Buffer): { type: string; content: Buffer } {
  const end = whole.indexOf(0);
  return { type: whole.toString('latin1', 0, end).split(' ')[0] ?? '', content: whole.subarray(end + 1) };
}

function parseCommit(sha: string, text: string, read: (id: string) => Buffer): FakeObject {
  const end = text.indexOf('\n\n');
  const head = text.slice(0, end);
  const [, name = '', email = '', time = '0'] = /^author (.*?) ?<(.*?)> (\d+)/m.exec(head) ?? [];
  const entries = new Map<string, FakeEntry>();
  readTree(/^tree ([0-9a-f]{40})/.exec(head)?.[1] ?? '', '', entries, read);
  return {
    sha,
    parents: [...head.matchAll(/^parent ([0-9a-f]{40})/gm)].map(([, parent = '']) => parent),
    message: text.slice(end + 2),
    author: { name, email },
    date: new Date(Number(time) * 1000).toISOString().replace('.000', ''),
    entries,
  };
}

function readTree(
  id: string,
  prefix: string,
  entries: Map<string, FakeEntry>,
  read: (id: string) => Buffer,
): void {
  const { content } = split(read(id));
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0, at);
    const [mode = '', ...rest] = content.toString('utf8', at, end).split(' ');
    const sha = content.toString('hex', end + 1, end + 21);
    at = end + 21;
    const path = prefix + rest.join(' ');
    if (mode === '40000') readTree(sha, `${path}/`, entries, read);
    else if (mode === '160000') entries.set(path, { kind: 'submodule', url: '', sha });
    else {
      const data = split(read(sha)).content;
      entries.set(
        path,
        mode === '120000' ? { kind: 'symlink', target: data.toString() } : { kind: 'file', data },
      );
    }
  }
}
