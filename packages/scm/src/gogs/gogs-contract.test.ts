import { scmContract } from '@sortie/testing/scm-contract';
import { openGogsWorld } from './gogs-world.fixture.ts';

scmContract('Gogs', async () => {
  const { fake, driver, token, close } = await openGogsWorld();
  const slug = 'ada/secret';
  fake.addRepo(slug, { isPrivate: true });
  const files = { 'README.md': 'hello\n', 'docs/a b#%+ü.txt': 'odd\n', 'empty.txt': '' };
  const mainSha = fake.push(slug, { files });
  const featureSha = fake.push(slug, { branch: 'feature/a/b', files: { 'README.md': 'feature\n' } });
  const tagSha = fake.tag(slug, 'v1', { at: mainSha, isAnnotated: true });
  const dead = token('ada');
  fake.revokeTokens('ada');
  const known = { driver, login: 'ada', owner: token('ada'), stranger: token('eve'), dead };
  return { ...known, slug, mainSha, featureSha, tagSha, close };
});
