import assert from 'node:assert/strict';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { oauth1Header, signatureBase } from './oauth1.ts';

const URL_OF_PHOTO = new URL('http://photos.example.net/photos?file=vacation.jpg&size=original');

describe('requests signed with OAuth 1.0a', () => {
  it('have the base string of the standard, with the query in order', () => {
    const base = signatureBase('get', URL_OF_PHOTO, {
      oauth_consumer_key: 'dpf43f3p2l4k3l03',
      oauth_timestamp: '1196666512',
      oauth_nonce: 'kllo9940pd9333jh',
      oauth_signature_method: 'RSA-SHA1',
      oauth_version: '1.0',
    });
    assert.equal(
      base,
      'GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03' +
        '%26oauth_nonce%3Dkllo9940pd9333jh%26oauth_signature_method%3DRSA-SHA1%26oauth_timestamp%3D1196666512' +
        '%26oauth_version%3D1.0%26size%3Doriginal',
    );
  });

  it('encode what the standard encodes twice, and blanks as %20', () => {
    const base = signatureBase('POST', new URL('http://h.test/a%20b?q=x+y&z=*'), { oauth_token: "a'b" });
    assert.equal(base, 'POST&http%3A%2F%2Fh.test%2Fa%2520b&oauth_token%3Da%2527b%26q%3Dx%2520y%26z%3D%252A');
  });

  it('carry a signature that the public key confirms, and no token while there is none', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signer = { consumerKey: 'sortie', privateKey, now: () => 1_196_666_512, nonce: () => 'n-1' };
    const header = oauth1Header(signer, { method: 'GET', url: URL_OF_PHOTO, token: '' });
    const signature = decodeURIComponent(/oauth_signature="([^"]+)"/.exec(header)?.[1] ?? '');
    const base = signatureBase('GET', URL_OF_PHOTO, {
      oauth_consumer_key: 'sortie',
      oauth_nonce: 'n-1',
      oauth_signature_method: 'RSA-SHA1',
      oauth_timestamp: '1196666512',
      oauth_version: '1.0',
    });
    assert.equal(createVerify('RSA-SHA1').update(base).verify(publicKey, signature, 'base64'), true);
    assert.equal(header.includes('oauth_token='), false);
  });
});
