import type { FakeRepo } from './state.ts';

const CAPABILITIES =
  'multi_ack thin-pack side-band side-band-64k ofs-delta shallow include-tag multi_ack_detailed agent=git/2.39.5';

/** The advertisement of protocol 0, the only one that Gogs speaks. */
export function advertisement(repo: FakeRepo): Buffer {
  const lines: string[] = [];
  const head = repo.refs.get(`refs/heads/${repo.defaultBranch}`);
  if (head !== undefined) lines.push(`${head} HEAD`);
  for (const [name, sha] of [...repo.refs].sort(([left], [right]) => (left < right ? -1 : 1))) {
    lines.push(`${sha} ${name}`);
    const peeled = repo.tagObjects.get(sha);
    if (peeled !== undefined) lines.push(`${peeled} ${name}^{}`);
  }
  const [first, ...rest] = lines;
  const packets =
    first === undefined ? [] : [`${first}\0${CAPABILITIES}`, ...rest].map((line) => packet(`${line}\n`));
  return Buffer.from(`${packet('# service=git-upload-pack\n')}0000${packets.join('')}0000`);
}

function packet(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

/** Moves the refs of pull requests that were asked for often enough: Gogs is late with them. */
export function movePullRefs(repo: FakeRepo): void {
  for (const pull of repo.pulls) {
    if (pull.readsUntilMoved > 0) pull.readsUntilMoved -= 1;
    const tip = pull.headRepo?.refs.get(`refs/heads/${pull.head}`);
    if (pull.state === 'open' && pull.readsUntilMoved === 0 && tip !== undefined) {
      pull.refSha = tip;
      // The ref is pushed into the base repository, with everything that it needs.
      for (const [sha, commit] of pull.headRepo?.commits ?? []) repo.commits.set(sha, commit);
    }
    const name = `refs/pull/${pull.number}/head`;
    if (pull.refSha === undefined) repo.refs.delete(name);
    else repo.refs.set(name, pull.refSha);
  }
}
