import { expectOk } from '../answers.ts';
import { ScmError } from '../errors.ts';
import type { OAuth1SignIn } from '../sign-in.ts';
import type { Transport } from '../transport.ts';
import { type OAuth1Signer, oauth1Header } from './oauth1.ts';

/** OAuth 1.0a of Bitbucket Server (scm.md 3.5). Answers are forms. */
export function createStashSignIn(transport: Transport, server: URL, signer: OAuth1Signer): OAuth1SignIn {
  const request = async (
    step: 'request-token' | 'access-token',
    token: string,
    extra: Readonly<Record<string, string>>,
  ): Promise<{ readonly token: string; readonly secret: string }> => {
    const path = `plugins/servlet/oauth/${step}`;
    const url = new URL(path, transport.base);
    const response = await transport.send({
      method: 'POST',
      path,
      headers: { accept: '*/*', authorization: oauth1Header(signer, { method: 'POST', url, token, extra }) },
    });
    const isRefusal = response.status === 400 || response.status === 401;
    if (isRefusal) throw refused(step, response.status, response.evidence);
    const form = new URLSearchParams(new TextDecoder().decode(expectOk(response, 'The sign-in').body));
    const granted = form.get('oauth_token') ?? '';
    if (granted === '')
      throw new ScmError('malformed', 'The Git service answers the sign-in without a token.');
    return { token: granted, secret: form.get('oauth_token_secret') ?? '' };
  };
  return {
    kind: 'oauth1',
    async start({ callback }) {
      const granted = await request('request-token', '', { oauth_callback: callback });
      const url = new URL('plugins/servlet/oauth/authorize', server);
      url.searchParams.set('oauth_token', granted.token);
      return { url: url.href, ...granted };
    },
    async finish({ token, verifier }) {
      const granted = await request('access-token', token, { oauth_verifier: verifier });
      return { access: granted.token, refresh: granted.secret, expires: 0 };
    },
  };
}

function refused(step: 'request-token' | 'access-token', status: number, evidence: string): ScmError {
  if (step === 'access-token')
    return new ScmError('unauthorized', 'The Git service refuses the sign-in.', {
      hint: 'Sign in again.',
      status,
      evidence,
    });
  return new ScmError('validation', 'The Git service does not accept the consumer.', {
    hint: 'Compare consumer key and public key with the application link at the Git service, and both clocks.',
    status,
    evidence,
  });
}
