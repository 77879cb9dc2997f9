import assert from 'node:assert/strict';
import crypto, { createHmac } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { describe, it } from 'node:test';
import { openGithubWebhook, verifyGithubWebhook } from '../github/webhook.ts';
import { signingTokenOf, verifyGitlabWebhook } from '../gitlab/webhook.ts';
import {
  byName,
  type DeliveringService,
  deliver,
  deliveriesOf,
  deliveryOf,
  HOOK_SECRET,
  hmac,
  NOW,
  receive,
  SERVICES,
} from './test-deliveries.ts';

/** A delivery that is built when its signature is right. */
const genuine = (service: DeliveringService) => {
  const name = service.name === 'stash' ? 'branch-update' : 'push-branch';
  const { event, body } = deliveryOf(service, name);
  return { event, bytes: Buffer.from(JSON.stringify(body, null, 2)) };
};
const BODY = Buffer.from('{\n  "ref": "refs/heads/main",\n  "note": "a \\u003c b"\n}');
const VECTOR = '6350c202cf2d7b54fb867a998ad1617812c80658e50fcb5e543d2a259dbc50b5';

for (const service of SERVICES) {
  describe(`verification of ${service.name}`, () => {
    const { event, bytes } = genuine(service);
    const right = service.headers(event, bytes, HOOK_SECRET)[service.signatureHeader] ?? '';
    const outcome = (signature: string | undefined, body: Uint8Array = bytes) => {
      const headers = { ...service.headers(event, bytes, HOOK_SECRET), [service.signatureHeader]: signature };
      return receive(service, { headers, rawBody: body }, [HOOK_SECRET]).kind;
    };

    it('[scm V1] a genuine delivery is accepted, also with the older of two secrets', () => {
      assert.equal(deliver(service, event, bytes).kind, 'mapped');
      assert.equal(deliver(service, event, bytes, { secrets: ['new', HOOK_SECRET] }).kind, 'mapped');
    });

    it('[scm V4] [scm V5] [scm X4] other bytes than the signed ones are refused', () => {
      if (service.name === 'gitlab') return;
      assert.equal(outcome(right), 'mapped');
      const flipped = Buffer.from(bytes);
      flipped[20] = (flipped[20] ?? 0) ^ 1;
      assert.notEqual(outcome(right, flipped), 'mapped');
      assert.equal(outcome(right, Buffer.concat([bytes, Buffer.from('\n')])), 'unverified');
      const compact = Buffer.from(JSON.stringify(JSON.parse(bytes.toString('utf8'))));
      assert.equal(outcome(right, compact), 'unverified');
      const ofCompact = service.headers(event, compact, HOOK_SECRET)[service.signatureHeader];
      assert.equal(outcome(ofCompact), 'unverified', 'not the JSON is signed, but its bytes');
    });

    it('[scm V8] [scm V9] a missing or empty signature is refused, whatever the address or body say', () => {
      assert.equal(outcome(''), 'unverified');
      // Forgejo sends the signature of Gitea beside its own, and either proves the sender.
      assert.equal(outcome(undefined), service.name === 'forgejo' ? 'mapped' : 'unverified');
      const body = { ...JSON.parse(bytes.toString('utf8')), secret: HOOK_SECRET };
      const rawBody = Buffer.from(JSON.stringify(body));
      const headers = { ...service.headers(event, rawBody, 'wrong') };
      const query = new URLSearchParams({ secret: HOOK_SECRET });
      assert.equal(receive(service, { headers, rawBody, query }, [HOOK_SECRET]).kind, 'unverified');
    });

    it('[scm V10] a signature of another length or alphabet is refused', () => {
      for (const bad of [`${right}0`, right.slice(0, -1), ` ${right}`, `${right} `, 'zz'.repeat(32), 'x'])
        assert.equal(outcome(bad), 'unverified', bad);
    });

    it('[scm V11] a signature that came twice is refused before anything is read', () => {
      assert.equal(outcome(`${right}, ${right}`), 'refused');
      const headers = {
        ...service.headers(event, bytes, HOOK_SECRET),
        [service.signatureHeader]: [right, 'x'],
      };
      assert.equal(receive(service, { headers, rawBody: bytes }, [HOOK_SECRET]).kind, 'refused');
    });

    it('[scm V12] [scm V14] [scm X1] another secret, an empty one and none at all are refused', () => {
      assert.equal(deliver(service, event, bytes, { secrets: ['another'] }).kind, 'unverified');
      assert.equal(deliver(service, event, bytes, { secrets: [] }).kind, 'unverified');
      const headers = service.headers(event, bytes, '');
      assert.equal(receive(service, { headers, rawBody: bytes }, ['']).kind, 'unverified');
    });

    it('[scm X2] a proof is compared by hashes, and in constant time', (t) => {
      const compared = t.mock.method(crypto, 'timingSafeEqual');
      syncBuiltinESMExports();
      t.after(() => {
        compared.mock.restore();
        syncBuiltinESMExports();
      });
      for (const [secret, kind] of [
        [HOOK_SECRET, 'mapped'],
        ['another', 'unverified'],
      ] as const) {
        compared.mock.resetCalls();
        assert.equal(deliver(service, event, bytes, { secrets: [secret] }).kind, kind);
        const sizes = compared.mock.calls.flatMap(({ arguments: both }) => both.map((one) => one.byteLength));
        assert.deepEqual([...new Set(sizes)], [32]);
      }
    });

    it('[scm X5] no event is mapped from a body that was not verified', () => {
      for (const delivery of deliveriesOf(service)) {
        const found = deliver(service, delivery.event, delivery.body, { secrets: ['another'] });
        assert.notEqual(found.kind, 'mapped', delivery.name);
      }
    });
  });
}

describe('signature schemes', () => {
  const headersOf = (signature: string, name: string) => ({ [name]: signature });
  const opened = (headers: Record<string, string>) => ({
    kind: 'opened' as const,
    event: 'push',
    deliveryId: 'd-1',
    uid: '41',
    slug: 'acme/rocket',
    headers,
    signedBytes: BODY,
    body: {},
  });

  it('[scm V3] the vectors of the specification hold', () => {
    assert.equal(hmac(HOOK_SECRET, BODY), VECTOR);
    for (const [name, prefix] of [
      ['gitea', ''],
      ['forgejo', ''],
      ['github', 'sha256='],
      ['bitbucket', 'sha256='],
      ['stash', 'sha256='],
    ] as const) {
      const service = byName(name);
      const verify = (value: string) =>
        service.verify(opened(headersOf(value, service.signatureHeader)), [HOOK_SECRET]) !== undefined;
      assert.equal(verify(prefix + VECTOR), true, name);
      assert.equal(
        verify(`${prefix}d05895b7a10c1ee43f5b260e7a5c43c374dc529bea62ce8b8aeacbdde3ab2bf6`),
        false,
        name,
      );
    }
  });

  it('[scm V6] upper-case hex is the same signature', () => {
    for (const name of ['gitea', 'github', 'bitbucket', 'stash']) {
      const service = byName(name);
      const value = `${name === 'gitea' ? '' : 'sha256='}${VECTOR.toUpperCase()}`;
      assert.notEqual(
        service.verify(opened(headersOf(value, service.signatureHeader)), [HOOK_SECRET]),
        undefined,
      );
    }
  });

  it('[scm V7] the prefix is missing where it must be and is not where it must not', () => {
    for (const name of ['gitea', 'github', 'bitbucket', 'stash']) {
      const service = byName(name);
      const value = name === 'gitea' ? `sha256=${VECTOR}` : VECTOR;
      assert.equal(
        service.verify(opened(headersOf(value, service.signatureHeader)), [HOOK_SECRET]),
        undefined,
      );
    }
  });

  it('[scm V15] a wrong signature of Gitea or Forgejo is fatal even if another one is right', () => {
    const gitea = byName('gitea');
    const right = { 'x-hub-signature-256': `sha256=${VECTOR}`, 'x-gogs-signature': VECTOR };
    assert.equal(gitea.verify(opened(right), [HOOK_SECRET]), undefined);
    const wrong = '0'.repeat(64);
    for (const pair of [
      { 'x-gitea-signature': wrong, 'x-forgejo-signature': VECTOR },
      { 'x-gitea-signature': VECTOR, 'x-forgejo-signature': wrong },
    ])
      assert.equal(gitea.verify(opened({ ...right, ...pair }), [HOOK_SECRET]), undefined);
  });

  it('[scm V17] [scm X1] [scm X3] SHA-1 alone counts at GitHub only behind its option', () => {
    const sha1 = 'sha1=bf1be87fc564cb13c3b5f60f97dd229dfa7eb311';
    const old = opened({ 'x-hub-signature': sha1 });
    assert.equal(verifyGithubWebhook(old, [HOOK_SECRET], false), undefined);
    assert.notEqual(verifyGithubWebhook(old, [HOOK_SECRET], true), undefined);
    assert.equal(verifyGithubWebhook(old, ['another'], true), undefined);
    const ofNothing = `sha1=${createHmac('sha1', '').update(BODY).digest('hex')}`;
    assert.equal(verifyGithubWebhook(opened({ 'x-hub-signature': ofNothing }), [''], true), undefined);
    const both = opened({ 'x-hub-signature': sha1, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` });
    assert.equal(verifyGithubWebhook(both, [HOOK_SECRET], true), undefined);
  });

  it('[scm V18] [scm X6] GitLab signs with a time: the vector holds, one of two is enough, an old one is refused', () => {
    const key = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
    const right = 'v1,QBSNc3AeUPBORPJh9AsL+y2xQzhAkOfpNgQrk0SWINc=';
    const signed = (signature: string) =>
      opened({ 'webhook-id': 'msg_01', 'webhook-timestamp': String(NOW), 'webhook-signature': signature });
    const isRight = (signature: string, now: number, secrets = [key]) =>
      verifyGitlabWebhook(signed(signature), secrets, now) !== undefined;
    assert.equal(isRight(right, NOW), true);
    assert.equal(isRight(`v1,AAAA ${right}`, NOW + 299), true);
    assert.equal(isRight(right, NOW + 360), false);
    assert.equal(isRight(right, NOW - 360), false);
    assert.equal(isRight('v1,AAAA', NOW), false);
    assert.equal(isRight(right, NOW, ['', 'another']), false);
  });

  it('[scm V18] [scm X3] a signing key never stands for the shared token, and a wrong signature outweighs it', () => {
    const key = signingTokenOf(HOOK_SECRET);
    assert.equal(verifyGitlabWebhook(opened({ 'x-gitlab-token': key }), [key], NOW), undefined);
    const both = opened({ 'x-gitlab-token': HOOK_SECRET, 'webhook-signature': 'v1,AAAA' });
    assert.equal(verifyGitlabWebhook(both, [HOOK_SECRET], NOW), undefined);
    const derived = createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
      .update(`m.${NOW}.`)
      .update(BODY);
    const headers = {
      'webhook-id': 'm',
      'webhook-timestamp': String(NOW),
      'webhook-signature': `v1,${derived.digest('base64')}`,
    };
    assert.notEqual(verifyGitlabWebhook(opened(headers), [HOOK_SECRET], NOW), undefined);
  });

  it('[scm V19] the pipeline hook of GitLab is verified like every other one', () => {
    const { event, body } = deliveryOf(byName('gitlab'), 'pipeline-hook');
    assert.equal(
      deliver(byName('gitlab'), event, body, { headers: { 'x-gitlab-token': undefined } }).kind,
      'unverified',
    );
    assert.equal(deliver(byName('gitlab'), event, body).kind, 'mapped');
  });

  it('[scm V2] a form of Gitea signs its decoded payload, one of GitHub the body as it is', () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const name of ['gitea', 'github']) {
      const service = byName(name);
      const { event, bytes } = genuine(service);
      const rawBody = Buffer.from(
        `payload=${encodeURIComponent(bytes.toString('utf8')).replaceAll('%20', '+')}`,
      );
      const send = (signed: Uint8Array) =>
        receive(service, { headers: { ...service.headers(event, signed, HOOK_SECRET), ...type }, rawBody }, [
          HOOK_SECRET,
        ]).kind;
      assert.equal(send(name === 'gitea' ? bytes : rawBody), 'mapped', name);
      assert.equal(send(name === 'gitea' ? rawBody : bytes), 'unverified', name);
    }
  });

  it('[scm V16] headers of another service alone are refused', () => {
    const headers = { 'x-gogs-event': 'push', 'x-gogs-signature': VECTOR };
    assert.equal(openGithubWebhook({ headers, rawBody: BODY }).kind, 'refused');
  });

  it('[scm V24] the unsigned ping of Bitbucket Server is ignored', () => {
    const headers = { 'x-event-key': 'diagnostics:ping' };
    const rawBody = Buffer.from('{"test":true}');
    assert.equal(receive(byName('stash'), { headers, rawBody }, [HOOK_SECRET]).kind, 'ignored');
  });
});
