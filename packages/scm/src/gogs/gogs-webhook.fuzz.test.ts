import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDisturber } from '@sortie/testing/disturber';
import { isRefName } from '../git-names.ts';
import type { HookEvent, WebhookRefusal } from '../hook-event.ts';
import { FIXTURE_PLACE, parse, recordedWebhook, signedWebhook } from './gogs.fixture.ts';
import { openGogsWebhook, verifyGogsWebhook } from './gogs-webhook.ts';

/** `SORTIE_FUZZ=100000` runs as many. */
const COUNT = Number(process.env.SORTIE_FUZZ ?? 1000);
const SEED = 20_260_304;
const FORM = 'application/x-www-form-urlencoded';

const RECORDED = [
  'push-1-commit',
  'push-force-amend',
  'tag-light',
  'branch-delete',
  'pr-open',
  'pr-fork-open',
  'release-new-tag',
  'mirror-sync-new-refs.2-push',
].map((name) => {
  const { headers, rawBody } = recordedWebhook(name);
  return {
    name,
    headers,
    rawBody,
    event: String(headers['x-gogs-event']),
    text: Buffer.from(rawBody).toString('utf8'),
  };
});

/** What must hold of every event, whatever the body was. */
function check(event: HookEvent | WebhookRefusal, what: string): void {
  if (event.kind === 'refused') assert.ok([400, 413, 415].includes(event.status), what);
  if (event.kind !== 'build') return;
  assert.match(event.after, /^([0-9a-f]{40})?$/, what);
  assert.match(event.before, /^([0-9a-f]{40})?$/, what);
  assert.ok(event.after !== '' || event.lookups.includes('after'), what);
  assert.ok(isRefName(event.ref), what);
  for (const name of [event.source, event.target]) assert.ok(name === '' || isRefName(name), what);
  assert.doesNotMatch(event.repo.slug, /\.\.|\s|^-/, what);
  for (const text of [event.author, event.authorName, event.authorEmail, event.sender, event.title])
    assert.doesNotMatch(text, /[\n\r\0]/, what);
  for (const link of [event.link, event.repo.httpUrl, event.repo.link, event.authorAvatar])
    assert.ok(link === '' || link.startsWith(FIXTURE_PLACE.link), what);
}

describe('any bytes as a Gogs webhook', () => {
  it('[scm P44] disturbed bodies with a right signature are mapped or refused, and nothing is thrown', () => {
    const disturber = createDisturber(SEED);
    const kinds = new Set<string>();
    for (let run = 0; run < COUNT; run += 1) {
      const { name, event, text } = disturber.pick(RECORDED);
      const body = disturber.below(3) === 0 ? disturber.text(text) : disturber.json(text);
      const parsed = parse(signedWebhook(event, body));
      kinds.add(parsed.kind);
      check(parsed, `seed ${SEED}, run ${run}, ${name}`);
    }
    assert.deepEqual([...kinds].sort(), ['branchDeleted', 'build', 'ignored', 'refused']);
  });

  it('no event comes from a body whose signature is wrong', () => {
    const { below, pick } = createDisturber(SEED + 1);
    for (let run = 0; run < COUNT / 4; run += 1) {
      const { headers, rawBody } = pick(RECORDED);
      const changed = Buffer.from(rawBody);
      const at = below(changed.length);
      changed[at] = ((changed[at] ?? 0) + 1 + below(255)) % 256;
      assert.equal(parse({ headers, rawBody: changed }).kind, 'refused', `seed ${SEED + 1}, run ${run}`);
    }
  });

  it('random bytes and headers are refused or ignored, and nothing is thrown', () => {
    const { bytes, pick } = createDisturber(SEED + 2);
    for (let run = 0; run < COUNT / 4; run += 1) {
      const headers = {
        'x-gogs-event': pick(['push', 'create', bytes(80).toString('latin1')]),
        'x-gogs-signature': bytes(80).toString('latin1'),
        'content-type': pick([FORM, bytes(20).toString('latin1')]),
      };
      const opened = openGogsWebhook({ headers, rawBody: bytes(200) });
      assert.ok(opened.kind !== 'opened' || verifyGogsWebhook(opened, ['x']) === undefined, `run ${run}`);
    }
  });
});
