import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileErrors, STAGE } from './compile-context.fixture.ts';
import { readConfig } from './read.ts';

/** What docs/runners.md says that only trusted repositories may use: by type of pipeline, below a step or service. */
const KEYS = [
  ['docker', 'privileged: true'],
  ['docker', 'devices: [{name: h, path: /dev/kvm}]'],
  ['docker', 'dns: [1.1.1.1]'],
  ['docker', 'dns_search: [example.com]'],
  ['docker', 'extra_hosts: ["a:1.1.1.1"]'],
  ['docker', 'network_mode: host'],
  ['docker', 'network_mode: "container:drone-other"'],
  ['docker', 'shm_size: 1g'],
  ['kubernetes', 'privileged: true'],
] as const;
const VOLUMES = [
  ['docker', 'host: {path: /}'],
  ['docker', 'host: {path: /var/run/docker.sock}'],
  ['docker', 'host: {path: /dev/kvm}'],
  ['docker', 'temp: {medium: memory}'],
  ['kubernetes', 'host: {path: /}'],
  ['kubernetes', 'temp: {medium: Memory}'],
  ['kubernetes', 'claim: {name: x}'],
  ['kubernetes', 'config_map: {name: x}'],
  ['kubernetes', 'secret: {name: x}'],
] as const;

const STEP = 'steps:\n- {name: a, image: alpine, commands: [ls]}\n';
const ROWS = [
  ...KEYS.flatMap(([type, text]) =>
    ['steps', 'services'].map((place) => {
      const volume = text.startsWith('devices') ? 'volumes: [{name: h, temp: {}}]\n' : '';
      const list = `${volume}${place}:\n- name: b\n  image: alpine\n  ${text}\n`;
      return { type, text: `${text} of ${place}`, file: place === 'steps' ? list : list + STEP };
    }),
  ),
  ...VOLUMES.map(([type, text]) => ({
    type,
    text: `a volume ${text}`,
    file: `volumes:\n- name: h\n  ${text}\n${STEP}`,
  })),
];

for (const { type, text, file } of ROWS) {
  test(`[pipeline 102] in an untrusted repository ${text} (${type}) is refused before the build and by the runner`, () => {
    const config = `kind: pipeline\ntype: ${type}\nname: default\n${file}`;
    const found = (isTrusted: boolean) =>
      readConfig(config, { file: 'f', isTrusted })
        .findings.filter(({ severity }) => severity === 'error')
        .map(({ code }) => code);
    assert.deepEqual([found(false), found(true)], [['untrusted'], []]);
    const stage = { ...STAGE, type };
    const atRunner = (isTrusted: boolean) =>
      compileErrors(config, { stage, isTrusted }).map((error) => error.replace(/^\d+ /, ''));
    assert.deepEqual([atRunner(false), atRunner(true)], [['untrusted'], []]);
  });
}
