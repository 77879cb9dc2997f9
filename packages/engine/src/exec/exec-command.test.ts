import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildStep } from '@sortie/testing/engine-contract';
import { homeVariables, scriptSuffix, shellCommand, temporaryVariables } from './exec-command.ts';

describe('the shell of a step on the machine', () => {
  test('is the POSIX one, which ends at the first failing command', () => {
    const step = buildStep({ name: 'a', script: 'true' });
    assert.equal(scriptSuffix(step), '');
    assert.deepEqual(shellCommand(step, '/opt/1', '/bin/sh'), { program: '/bin/sh', args: ['-e', '/opt/1'] });
    assert.deepEqual(homeVariables('/h', step), { HOME: '/h' });
    assert.deepEqual(temporaryVariables('/t', step), { TMPDIR: '/t' });
  });

  test('is PowerShell for a pipeline of Windows, with the variables that its programs know', () => {
    const step = buildStep({ name: 'a', script: 'echo 1', shell: 'powershell' });
    const file = `c:\\opt\\1${scriptSuffix(step)}`;
    const { program, args } = shellCommand(step, file, '/bin/sh');
    assert.deepEqual([program, ...args], ['powershell', '-noprofile', '-noninteractive', '-command', file]);
    assert.ok(file.endsWith('.ps1'));
    const home = 'c:\\home';
    assert.deepEqual(homeVariables(home, step), { HOME: home, HOMEPATH: home, USERPROFILE: home });
    assert.deepEqual(temporaryVariables('c:\\t', step), { TEMP: 'c:\\t', TMP: 'c:\\t' });
  });
});
