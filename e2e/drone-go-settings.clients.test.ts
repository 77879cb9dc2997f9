import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { oracleMissing } from '@sortie/testing/go-oracle';
import { type ClientWorld, createClientWorld } from './clients/client-world.ts';
import { CALLS, REFUSALS, SIGNED } from './clients/go-calls.ts';
import { type GoAnswer, type GoClient, startGoClient } from './clients/go-client.ts';

const REPO = ['ada', 'demo'] as const;

describe('[sdk S09] drone-go and everything but builds', { skip: oracleMissing() }, () => {
  let world: ClientWorld;
  let go: GoClient;

  before(async () => {
    world = await createClientWorld();
    go = await startGoClient(world);
  });
  after(async () => {
    await go?.close();
    await world?.close();
  });

  const result = async (method: string, ...args: readonly unknown[]): Promise<unknown> => {
    const answer = await go.call(method, ...args);
    assert.equal(answer.error, undefined, `${method}: ${answer.error}`);
    return answer.result;
  };

  it('has exactly the methods that the tests call', async () => {
    const { result: methods } = await go.callAs('', '');
    assert.equal((methods as string[]).length, 74);
  });

  it('[go SetClient] [go SetAddress] are settings of the client itself', async () => {
    await result('SetClient', null);
    await result('SetAddress', world.url);
  });

  it('[go Self] answers the account', async () => {
    assert.partialDeepStrictEqual(await result('Self'), { login: 'ada', admin: true, active: true });
    assert.equal(statusIn(await go.callAs('wrong', 'Self')), '401');
  });

  it('[go UserCreate] [go User] [go UserList] [go UserUpdate] [go UserDelete] manage accounts', async () => {
    const made = await result('UserCreate', { login: 'grace', machine: true });
    assert.partialDeepStrictEqual(made, { login: 'grace', machine: true, active: true });
    assert.match((made as { token: string }).token, /^.{32,}$/);
    assert.partialDeepStrictEqual(await result('User', 'grace'), { login: 'grace', token: '' });
    const logins = ((await result('UserList')) as { login: string }[]).map(({ login }) => login);
    assert.deepEqual(logins, ['ada', 'grace', 'stranger']);
    assert.partialDeepStrictEqual(await result('UserUpdate', 'grace', { admin: true }), { admin: true });
    assert.partialDeepStrictEqual(await result('UserUpdate', 'grace', { active: false }), {
      active: false,
      admin: false,
    });
    await result('UserDelete', 'grace');
    assert.equal(statusIn(await go.call('User', 'grace')), '404');
    for (const [method, ...args] of [['User', 'ada'], ['UserList'], ['UserDelete', 'ada']] as const) {
      assert.equal(statusIn(await go.callAs('', method, ...args)), '401');
      assert.equal(statusIn(await go.callAs(world.strangerToken, method, ...args)), '403');
    }
  });

  it('[go Repo] [go RepoList] [go RepoListSync] [go RepoListAll] read repositories', async () => {
    const slugs = async (method: string, ...args: readonly unknown[]) =>
      ((await result(method, ...args)) as { slug: string }[]).map(({ slug }) => slug);
    assert.partialDeepStrictEqual(await result('Repo', ...REPO), { slug: 'ada/demo', active: true });
    assert.deepEqual(await slugs('RepoList'), ['ada/demo']);
    assert.deepEqual(await slugs('RepoListSync'), ['ada/demo']);
    assert.deepEqual(await slugs('RepoListAll', { Page: 1, Size: 100 }), ['ada/demo']);
    assert.equal(statusIn(await go.call('Repo', 'ada', 'none')), '404');
    assert.equal(statusIn(await go.callAs('', 'Repo', ...REPO)), '401');
    assert.equal(statusIn(await go.callAs(world.strangerToken, 'Repo', ...REPO)), '404');
    assert.equal(statusIn(await go.callAs(world.strangerToken, 'RepoListAll', {})), '403');
  });

  it('[go RepoUpdate] changes what is given and leaves what is null', async () => {
    assert.partialDeepStrictEqual(await result('RepoUpdate', ...REPO, { timeout: 30 }), { timeout: 30 });
    const after = await result('RepoUpdate', ...REPO, { ignore_forks: true });
    assert.partialDeepStrictEqual(after, { timeout: 30, ignore_forks: true, ignore_pull_requests: false });
  });

  it('[go RepoChown] [go RepoRepair] [go RepoDisable] [go RepoEnable] answer and are repeatable', async () => {
    assert.partialDeepStrictEqual(await result('RepoChown', ...REPO), { slug: 'ada/demo' });
    await result('RepoRepair', ...REPO);
    await result('RepoDisable', ...REPO);
    assert.partialDeepStrictEqual(await result('Repo', ...REPO), { active: false });
    assert.equal(statusIn(await go.call('BuildCreate', ...REPO, '', 'main', {})), '409');
    for (const _ of [1, 2])
      assert.partialDeepStrictEqual(await result('RepoEnable', ...REPO), { active: true });
  });

  it('[go SecretCreate] [go Secret] [go SecretList] [go SecretUpdate] [go SecretDelete] never show a value', async () => {
    const made = await result('SecretCreate', ...REPO, { name: 'token', data: 's3cr3t' });
    assert.partialDeepStrictEqual(made, { name: 'token' });
    const updated = await result('SecretUpdate', ...REPO, {
      name: 'token',
      data: 'other',
      pull_request: true,
    });
    assert.partialDeepStrictEqual(updated, { name: 'token', pull_request: true });
    const all = [
      made,
      updated,
      await result('Secret', ...REPO, 'token'),
      await result('SecretList', ...REPO),
    ];
    assert.doesNotMatch(JSON.stringify(all), /s3cr3t|other/);
    assert.equal(statusIn(await go.call('SecretCreate', ...REPO, { name: 'token', data: 'x' })), '409');
    assert.equal(statusIn(await go.call('SecretCreate', ...REPO, { name: 'a b', data: 'x' })), '400');
    await result('SecretDelete', ...REPO, 'token');
    assert.equal(statusIn(await go.call('Secret', ...REPO, 'token')), '404');
    assert.deepEqual(await result('SecretList', ...REPO), []);
    assert.equal(statusIn(await go.callAs(world.strangerToken, 'SecretList', ...REPO)), '404');
  });

  it('[go OrgSecretCreate] [go OrgSecret] [go OrgSecretList] [go OrgSecretListAll] [go OrgSecretUpdate] [go OrgSecretDelete] keep secrets of a namespace', async () => {
    assert.partialDeepStrictEqual(await result('OrgSecretCreate', 'ada', { name: 'key', data: 's3cr3t' }), {
      name: 'key',
      namespace: 'ada',
    });
    await result('OrgSecretUpdate', 'ada', { name: 'key', data: 'other' });
    const all = [
      await result('OrgSecret', 'ada', 'key'),
      await result('OrgSecretList', 'ada'),
      await result('OrgSecretListAll'),
    ];
    assert.doesNotMatch(JSON.stringify(all), /s3cr3t|other/);
    assert.equal(statusIn(await go.callAs(world.strangerToken, 'OrgSecretList', 'ada')), '401');
    assert.equal(statusIn(await go.callAs(world.strangerToken, 'OrgSecretListAll')), '403');
    await result('OrgSecretDelete', 'ada', 'key');
    assert.equal(statusIn(await go.call('OrgSecret', 'ada', 'key')), '404');
  });

  it('[go CronCreate] [go Cron] [go CronList] [go CronUpdate] [go CronExec] [go CronDelete] keep and run cron jobs', async () => {
    const made = await result('CronCreate', ...REPO, { name: 'Each Night', expr: '@daily', branch: 'main' });
    assert.partialDeepStrictEqual(made, {
      name: 'each-night',
      event: 'push',
      branch: 'main',
      disabled: false,
    });
    assert.partialDeepStrictEqual(await result('CronUpdate', ...REPO, 'each-night', { disabled: true }), {
      disabled: true,
      branch: 'main',
      expr: '@daily',
    });
    assert.partialDeepStrictEqual(await result('CronList', ...REPO), [{ name: 'each-night' }]);
    await result('CronExec', ...REPO, 'each-night');
    await world.done(2);
    assert.partialDeepStrictEqual(await result('Build', ...REPO, 2), { event: 'cron', cron: 'each-night' });
    await result('CronDelete', ...REPO, 'each-night');
    assert.equal(statusIn(await go.call('Cron', ...REPO, 'each-night')), '404');
    const wrong = { name: 'x', expr: 'never', branch: 'main' };
    assert.equal(statusIn(await go.call('CronCreate', ...REPO, wrong)), '400');
  });

  it('[go Sign] [go Verify] sign a pipeline file and tell a good signature from none', async () => {
    const hmac = (await result('Sign', ...REPO, SIGNED)) as string;
    assert.match(hmac, /^[0-9a-f]{64}$/);
    await result('Verify', ...REPO, `---\n${SIGNED}---\nkind: signature\nhmac: ${hmac}\n`);
    assert.equal(statusIn(await go.call('Verify', ...REPO, SIGNED)), '400');
  });

  it('[go Encrypt] encrypts for the repository', async () => {
    assert.match(
      (await result('Encrypt', ...REPO, { name: 'x', data: 'y' })) as string,
      /^[A-Za-z0-9+/]+=*$/,
    );
  });

  it('[go NodeCreate] [go Node] [go NodeList] [go NodeUpdate] [go NodeDelete] keep the registry of runners', async () => {
    assert.partialDeepStrictEqual(await result('NodeCreate', { name: 'big', os: 'linux', capacity: 4 }), {
      name: 'big',
      capacity: 4,
    });
    assert.partialDeepStrictEqual(await result('NodeUpdate', 'big', { paused: true }), {
      paused: true,
      capacity: 4,
    });
    const names = ((await result('NodeList')) as { name: string }[]).map(({ name }) => name);
    assert.ok(names.includes('big'));
    await result('NodeDelete', 'big');
    assert.equal(statusIn(await go.call('Node', 'big')), '404');
    assert.equal(statusIn(await go.callAs(world.strangerToken, 'NodeList')), '403');
  });

  it('[go TemplateCreate] [go Template] [go TemplateList] [go TemplateListAll] [go TemplateUpdate] [go TemplateDelete] keep templates', async () => {
    await result('TemplateCreate', 'ada', { name: 'go.yml', data: SIGNED });
    await result('TemplateUpdate', 'ada', 'go.yml', { data: 'kind: pipeline\nname: other\n' });
    assert.deepEqual(await result('Template', 'ada', 'go.yml'), {
      name: 'go.yml',
      data: 'kind: pipeline\nname: other\n',
    });
    assert.partialDeepStrictEqual(await result('TemplateList', 'ada'), [{ name: 'go.yml' }]);
    assert.partialDeepStrictEqual(await result('TemplateListAll'), [{ name: 'go.yml' }]);
    await result('TemplateDelete', 'ada', 'go.yml');
    assert.equal(statusIn(await go.call('Template', 'ada', 'go.yml')), '404');
    assert.equal(statusIn(await go.callAs(world.strangerToken, 'TemplateList', 'ada')), '401');
  });

  it('[go AutoscaleVersion] answers; [go Server] [go ServerList] [go ServerCreate] [go ServerDelete] [go AutoscalePause] [go AutoscaleResume] belong to another daemon', async () => {
    assert.match(((await result('AutoscaleVersion')) as { version: string }).version, /^\d+\.\d+\.\d+/);
    const calls = [
      ['Server', 'x'],
      ['ServerList'],
      ['ServerCreate'],
      ['ServerDelete', 'x', false],
      ['AutoscalePause'],
      ['AutoscaleResume'],
    ] as const;
    for (const [method, ...args] of calls)
      assert.equal(statusIn(await go.call(method, ...args)), '404', method);
  });

  it('refuses every method to nobody with 401, and to a stranger as its rule says', async () => {
    const seen: Record<string, string> = {};
    for (const [method, args] of Object.entries(CALLS)) {
      const nobody = statusIn(await go.callAs('', method, ...args));
      const stranger = statusIn(await go.callAs(world.strangerToken, method, ...args));
      seen[method] = `${nobody} ${stranger}`;
    }
    const expected = Object.entries(REFUSALS).flatMap(([statuses, methods]) =>
      methods.split(' ').map((method) => [method, statuses]),
    );
    assert.deepEqual(seen, Object.fromEntries(expected));
  });

  it('says 404 for what is not there, to the administrator too', async () => {
    const unknown: Readonly<Record<string, readonly unknown[]>> = {
      ...Object.fromEntries(
        Object.entries(CALLS)
          .filter(([, args]) => args[0] === 'ada' && args[1] === 'demo')
          .map(([method, args]) => [method, ['ada', 'none', ...args.slice(2)]]),
      ),
      User: ['none'],
      UserUpdate: ['none', {}],
      UserDelete: ['none'],
      OrgSecret: ['ada', 'none'],
      OrgSecretUpdate: ['ada', { name: 'none', data: 'x' }],
      OrgSecretDelete: ['ada', 'none'],
      Template: ['ada', 'none.yml'],
      TemplateUpdate: ['ada', 'none.yml', { data: 'x' }],
      TemplateDelete: ['ada', 'none.yml'],
      Node: ['none'],
      NodeUpdate: ['none', {}],
      NodeDelete: ['none'],
      Secret: [...REPO, 'none'],
      SecretUpdate: [...REPO, { name: 'none', data: 'x' }],
      SecretDelete: [...REPO, 'none'],
      Cron: [...REPO, 'none'],
      CronUpdate: [...REPO, 'none', {}],
      CronExec: [...REPO, 'none'],
      CronDelete: [...REPO, 'none'],
    };
    for (const [method, args] of Object.entries(unknown)) {
      assert.equal(statusIn(await go.call(method, ...args)), '404', method);
    }
  });

  it('[go RepoDelete] removes the repository with everything in it', async () => {
    await result('RepoDelete', ...REPO);
    assert.equal(statusIn(await go.call('Repo', ...REPO)), '404');
    assert.deepEqual(await result('RepoList'), []);
  });
});

function statusIn({ error }: GoAnswer): string {
  return /^client error (\d+)/.exec(error ?? '')?.[1] ?? error ?? 'no error';
}
