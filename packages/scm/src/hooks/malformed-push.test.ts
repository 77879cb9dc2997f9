import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DeliveringService, deliver, firstBuild, pushOf, SERVICES, summary } from './test-deliveries.ts';

describe('fields of pushes', () => {
  const pushers = SERVICES.filter(({ name }) => ['gitea', 'forgejo', 'github', 'gitlab'].includes(name));
  const outcomeOf = (service: DeliveringService, change: Record<string, unknown>) => {
    const { event, body } = pushOf(service);
    return deliver(service, event, { ...body, ...change });
  };

  for (const service of pushers) {
    it(`[scm P20] [scm P19] [scm X11] commits of ${service.name} that are no list are refused, missing ones are not`, () => {
      for (const bad of [{}, 'x', 7]) assert.equal(summary(outcomeOf(service, { commits: bad })), 'refused');
      assert.equal(summary(outcomeOf(service, { commits: Array(10_001).fill({}) })), 'refused');
      for (const fine of [null, undefined, [], [null]])
        assert.equal(summary(outcomeOf(service, { commits: fine })), 'build');
    });

    it(`[scm P24] [scm P25] commit ids of ${service.name} that are none are refused`, () => {
      for (const bad of [
        'a'.repeat(7),
        'a'.repeat(39),
        'a'.repeat(41),
        'g'.repeat(40),
        '-x',
        'HEAD',
        7,
        null,
      ])
        assert.equal(summary(outcomeOf(service, { after: bad })), 'refused', String(bad));
      const long = outcomeOf(service, { after: 'a'.repeat(64) });
      assert.equal(long.kind === 'refused' && long.message, 'SHA-256 repositories are not supported');
    });

    it(`[scm P23] [scm P26] [scm P27] ${service.name}: nothing after is no build, nothing before is no harm`, () => {
      for (const gone of ['0'.repeat(40), ''])
        assert.doesNotMatch(summary(outcomeOf(service, { after: gone })), /^build|refused/);
      for (const before of [undefined, 'garbage', 7])
        assert.equal(firstBuild(outcomeOf(service, { before })).before, '');
      const { body } = pushOf(service);
      assert.equal(summary(outcomeOf(service, { before: body.after })), 'build');
    });

    it(`[scm P28] [scm P29] [scm X21] refs of ${service.name} that Git would not accept are refused, others ignored`, () => {
      const heads = [
        'refs/heads/',
        'refs/heads/a..b',
        'refs/heads/a b',
        'refs/heads/a~',
        'refs/heads/a\nb',
        'refs/heads/\u0000',
        '-x',
        'refs/heads/-x',
        'refs/tags/--upload-pack=x',
        'refs/heads/x.lock',
        `refs/heads/${'x'.repeat(5_000)}`,
        '',
        undefined,
      ];
      for (const bad of heads)
        assert.equal(summary(outcomeOf(service, { ref: bad })), 'refused', String(bad).slice(0, 20));
      for (const other of ['refs/notes/x', 'refs/pull/1/head', 'refs/ci/x', 'HEAD'])
        assert.equal(summary(outcomeOf(service, { ref: other })), 'ignored', other);
    });
  }

  it('[scm P22] lists of changed files are not read, whatever they are', () => {
    for (const service of pushers) {
      for (const odd of [null, undefined, {}, 'x', ['a\u0000', 'b\nc', 7, null]]) {
        const { body } = pushOf(service);
        const commits = (body.commits as object[]).map((one) => ({
          ...one,
          added: odd,
          removed: odd,
          modified: odd,
        }));
        assert.equal(summary(outcomeOf(service, { commits })), 'build');
      }
    }
  });

  it('[scm P17] an unusable name of the repository is empty, and its id decides', () => {
    for (const service of SERVICES) {
      const { event, body } = pushOf(service);
      const key = service.name === 'gitlab' ? 'project' : 'repository';
      for (const bad of ['roc ket', 'acme/..', 'acme/roc\nket', '']) {
        const names = {
          full_name: bad,
          path_with_namespace: bad,
          project: { key: bad },
          slug: bad,
          owner: null,
        };
        const { repo } = firstBuild(
          deliver(service, event, { ...body, [key]: { ...(body[key] as object), ...names } }),
        );
        assert.equal(repo.slug, '');
      }
    }
  });

  it('[scm P37] addresses on foreign hosts and of other kinds are emptied', () => {
    for (const service of pushers) {
      const { event, body } = pushOf(service);
      const key = service.name === 'gitlab' ? 'project' : 'repository';
      for (const bad of [
        'https://evil.example.test/x.git',
        'javascript:alert(1)',
        'file:///etc/passwd',
        'ssh://-oProxyCommand=x/y',
      ]) {
        const repo = {
          ...(body[key] as object),
          clone_url: bad,
          html_url: bad,
          git_http_url: bad,
          web_url: bad,
          ssh_url: bad,
          git_ssh_url: bad,
        };
        const sender = { ...(body.sender as object), avatar_url: bad };
        const build = firstBuild(
          deliver(service, event, {
            ...body,
            [key]: repo,
            sender,
            user_avatar: bad,
            compare: bad,
            compare_url: bad,
          }),
        );
        assert.partialDeepStrictEqual(build, {
          repo: { httpUrl: '', link: '', sshUrl: '' },
          authorAvatar: '',
        });
        assert.equal(build.link.includes('evil') || build.link.startsWith('javascript'), false);
      }
    }
  });
});
