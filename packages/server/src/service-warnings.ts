import { localHostOf } from '@sortie/scm/rest/local-target';
import type { GitService } from './services/git-service.ts';

/** What is dangerous about the way to a Git service and back, one sentence each, for the log of the start (scm.md X38). */
export function serviceWarnings(
  { connection, skipsVerify, title }: Pick<GitService, 'connection' | 'skipsVerify' | 'title'>,
  hookUrl: string,
): readonly string[] {
  const warnings: string[] = [];
  if (skipsVerify && isPublic(connection.url)) {
    warnings.push(
      `THE CERTIFICATE OF ${title.toUpperCase()} (${connection.url}) IS NOT CHECKED: whoever is between it and this server reads every token. Turn SKIP_VERIFY off, and give a certificate of your own with SORTIE_SERVICE_CA.`,
    );
  } else if (skipsVerify) {
    warnings.push(
      `The certificate of ${title} (${connection.url}) is not checked: whoever is between it and this server reads every token. SORTIE_SERVICE_CA trusts a certificate of your own instead.`,
    );
  }
  if (hookUrl.startsWith('http:') && isPublic(hookUrl)) {
    warnings.push(
      `${title} sends webhooks to ${hookUrl} unencrypted. Put the server behind HTTPS and set DRONE_SERVER_PROTO=https.`,
    );
  }
  return warnings;
}

function isPublic(address: string): boolean {
  return localHostOf(address) === undefined;
}
