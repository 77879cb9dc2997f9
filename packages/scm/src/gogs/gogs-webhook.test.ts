import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import type { WebhookRequest } from '../hook-event.ts';
import { isEqualSecret, isHexHmac } from '../signature.ts';
import {
  changedWebhook,
  FIXTURE_PLACE,
  FIXTURE_SECRET,
  parse,
  recordedWebhook,
  signedWebhook,
} from './gogs.fixture.ts';
import { openGogsWebhook, verifyGogsWebhook } from './gogs-webhook.ts';
import { mapGogsWebhook, parseGogsWebhook } from './gogs-webhook-map.ts';

const BAD_SIGNATURE = {
  kind: 'refused',
  status: 400,
  message: 'invalid signature or unknown repository',
} as const;
const genuine = recordedWebhook('push-1-commit');

function withHeader(name: string, value: string | readonly string[] | undefined): WebhookRequest {
  return { ...genuine, headers: { ...genuine.headers, [name]: value } };
}

describe('verification of Gogs webhooks', () => {
  it('[scm V1] a genuine push of a JSON hook builds', () => {
    const event = parse(genuine);
    assert.equal(event.kind, 'build');
    assert.equal(event.kind === 'build' && event.deliveryId, genuine.headers['x-gogs-delivery']);
  });

  it('[scm V2] a genuine push of a form hook builds, signed over the decoded payload', () => {
    assert.equal(parse(recordedWebhook('push-form')).kind, 'build');
    const rawForm = Buffer.from(recordedWebhook('push-form').rawBody);
    const overRaw = signedWebhook('push', rawForm, { 'content-type': 'application/x-www-form-urlencoded' });
    assert.deepEqual(parse(overRaw), BAD_SIGNATURE);
  });

  it('[scm V3] [scm X4] the test vectors hold, and signatures over other bytes do not', () => {
    const body = Buffer.from('{\n  "ref": "refs/heads/main",\n  "note": "a \\u003c b"\n}');
    assert.equal(body.length, 54);
    const verify = (signature: string) => isHexHmac(signature, body, ['hook-key-7f3a']);
    assert.equal(verify('6350c202cf2d7b54fb867a998ad1617812c80658e50fcb5e543d2a259dbc50b5'), true);
    assert.equal(verify('d05895b7a10c1ee43f5b260e7a5c43c374dc529bea62ce8b8aeacbdde3ab2bf6'), false);
    assert.equal(verify('33de51990a452be4a44a757dbac7e47bf4707145d74d3f238fcea9dff1763b44'), false);
  });

  it('[scm V4] a flipped byte and an added newline are refused', () => {
    const flipped = Buffer.from(genuine.rawBody);
    flipped[100] = (flipped[100] ?? 0) ^ 1;
    assert.deepEqual(verdictOf(flipped), undefined);
    assert.deepEqual(
      parse({ ...genuine, rawBody: Buffer.concat([genuine.rawBody, Buffer.from('\n')]) }),
      BAD_SIGNATURE,
    );
  });

  function verdictOf(rawBody: Uint8Array) {
    const opened = openGogsWebhook({ ...genuine, rawBody });
    return opened.kind === 'opened' ? verifyGogsWebhook(opened, [FIXTURE_SECRET]) : undefined;
  }

  it('[scm V5] the same JSON in other bytes is refused', () => {
    const rawBody = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(genuine.rawBody).toString('utf8'))));
    assert.deepEqual(parse({ ...genuine, rawBody }), BAD_SIGNATURE);
  });

  it('[scm V6] an upper-case signature is accepted', () => {
    const signature = String(genuine.headers['x-gogs-signature']).toUpperCase();
    assert.equal(parse(withHeader('x-gogs-signature', signature)).kind, 'build');
  });

  it('[scm V7] a prefix before the signature is refused', () => {
    const signature = `sha256=${String(genuine.headers['x-gogs-signature'])}`;
    assert.deepEqual(parse(withHeader('x-gogs-signature', signature)), BAD_SIGNATURE);
  });

  it('[scm V8] the empty signature of a hook without secret is refused', () => {
    const request = recordedWebhook('push-no-secret');
    assert.equal(request.headers['x-gogs-signature'], '');
    assert.deepEqual(parse(request), BAD_SIGNATURE);
  });

  it('[scm V9] [scm X3] no secret in body or address replaces the signature', () => {
    const request = changedWebhook('push-1-commit', (body) => {
      body.secret = FIXTURE_SECRET;
    });
    const headers = { ...request.headers, 'x-gogs-signature': undefined };
    const query = new URLSearchParams({ secret: FIXTURE_SECRET });
    assert.deepEqual(parse({ ...request, headers, query }), BAD_SIGNATURE);
  });

  it('[scm V10] signatures of a wrong length or alphabet are refused without an exception', () => {
    const right = String(genuine.headers['x-gogs-signature']);
    for (const signature of [
      right.slice(1),
      `${right}0`,
      right.slice(2),
      `g${right.slice(1)}`,
      ` ${right}`,
      `${right} `,
    ])
      assert.deepEqual(parse(withHeader('x-gogs-signature', signature)), BAD_SIGNATURE, signature);
  });

  it('[scm V11] two signature headers are refused even when the first is right', () => {
    const right = String(genuine.headers['x-gogs-signature']);
    for (const value of [[right, 'ab'], `${right}, ab`])
      assert.equal(parse(withHeader('x-gogs-signature', value)).kind, 'refused');
  });

  it('[scm V12] the secret of another repository is refused', () => {
    assert.deepEqual(parseGogsWebhook(genuine, ['another'], FIXTURE_PLACE), BAD_SIGNATURE);
  });

  it('[scm V14] [scm X1] an empty secret never matches, also not its own HMAC', () => {
    const opened = openGogsWebhook(recordedWebhook('push-no-secret'));
    if (opened.kind !== 'opened') throw new Error('the webhook cannot be read');
    for (const signature of ['', 'fc7c2a8c5b8f1a4d'])
      assert.equal(
        verifyGogsWebhook({ ...opened, headers: { 'x-gogs-signature': signature } }, ['']),
        undefined,
      );
    assert.equal(isHexHmac('0'.repeat(64), Buffer.alloc(0), []), false);
    const ofDummy = createHmac('sha256', 'no secret').update('x').digest('hex');
    assert.equal(
      isHexHmac(ofDummy, Buffer.from('x'), []),
      false,
      'the key that an unknown repository is timed with',
    );
    const ofEmptyKey = 'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad';
    assert.equal(isHexHmac(ofEmptyKey, Buffer.alloc(0), ['']), false);
  });

  it('[scm H6] two secrets are accepted while a rotation lasts', () => {
    assert.equal(parseGogsWebhook(genuine, ['new', FIXTURE_SECRET], FIXTURE_PLACE).kind, 'build');
  });

  it('[scm V23] [scm X7] a signed body under another event is refused', () => {
    const names = {
      push: 'push-1-commit',
      create: 'tag-light',
      delete: 'branch-delete',
      pull_request: 'pr-open',
      release: 'release-new-tag',
    };
    for (const [event, name] of Object.entries(names)) {
      for (const claimed of Object.keys(names)) {
        const request = recordedWebhook(name);
        const kind = parse({ ...request, headers: { ...request.headers, 'x-gogs-event': claimed } }).kind;
        assert.equal(kind === 'refused', claimed !== event, `${event} as ${claimed}`);
      }
    }
  });

  it('[scm P12] with a repeated key the value that serves the lookup is the one that is mapped', () => {
    const body =
      '{"ref":"refs/heads/a","after":"","repository":{"id":1},"repository":{"id":2,"full_name":"o/n"}}';
    const opened = openGogsWebhook(signedWebhook('push', body));
    assert.equal(opened.kind === 'opened' && opened.uid, '2');
    const event = parse(signedWebhook('push', body));
    assert.equal(event.kind === 'ignored' && event.repo?.uid, '2');
  });

  it('[scm X2] secrets of any length are compared without an exception', () => {
    for (const [left, right] of [
      ['', 'a'],
      ['a', 'aa'],
      ['a', 'b'],
    ] as const)
      assert.equal(isEqualSecret(left, right), false);
    assert.equal(isEqualSecret('same', Buffer.from('same')), true);
  });

  it('[scm X5] only a verified webhook can be mapped', () => {
    const opened = openGogsWebhook(genuine);
    if (opened.kind !== 'opened') throw new Error('the webhook cannot be read');
    // @ts-expect-error: the type of an opened webhook is not enough
    const mapping = mapGogsWebhook(opened, FIXTURE_PLACE);
    const verified = verifyGogsWebhook(opened, [FIXTURE_SECRET]);
    assert.deepEqual(verified && mapGogsWebhook(verified, FIXTURE_PLACE), mapping);
  });
});
