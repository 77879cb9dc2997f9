import type { FieldDefinition, RecordDefinition } from './definition.ts';
import { EVERYWHERE, IDLE } from './definition.ts';

/** The keys of `trigger` and `when` (pipeline.md section 3). */
export const CONDITIONS: RecordDefinition = {
  name: 'conditions',
  title: 'Conditions',
  text: 'Under `trigger` of a pipeline or `when` of a step. All keys must hold. A value is one pattern, a list of patterns, or a map with `include` and `exclude`; `*` stays within one part of a path, `**` crosses parts.',
  frame: 'kind: pipeline\nsteps:\n- name: build\n  image: golang:1.26\n  when:\n    %\n',
  fields: [
    condition(
      'branch',
      'The branch that is built; the target branch of a pull request.',
      'branch: [main, release/*]',
    ),
    condition(
      'event',
      '`push`, `pull_request`, `tag`, `promote`, `rollback`, `cron` or `custom`.',
      'event:\n  exclude: [pull_request]',
    ),
    condition(
      'action',
      'What happened to a pull request, such as `opened`.',
      'action: [opened, synchronized]',
    ),
    condition('ref', 'The full ref.', 'ref: refs/tags/v*'),
    condition('repo', 'The repository, as `namespace/name`.', 'repo: octo/*'),
    condition(
      'target',
      'The environment that is deployed to, for `promote` and `rollback`.',
      'target: production',
    ),
    condition('cron', 'The name of the cron job.', 'cron: nightly'),
    condition('instance', 'The host name of the server.', 'instance: ci.example.com'),
    condition(
      'status',
      'For steps: `failure` runs the step after a failure, both words run it always. For pipelines: the result of the pipelines it depends on.',
      'status: [success, failure]',
    ),
    {
      ...condition(
        'paths',
        'The files that a push or pull request changes; one that matches is enough. Holds for other events, and when the files are not known. Drone ignores it.',
        'paths: [docs/**]',
      ),
      value: { kind: 'path-condition' },
    },
    { ...condition('matrix', 'Accepted, without effect.', 'matrix: 1'), value: { kind: 'any' }, use: IDLE },
  ],
};

/** The long form of one condition (pipeline.md 3.2). */
export const PATTERNS: RecordDefinition = {
  name: 'patterns',
  title: 'Patterns',
  text: 'The long form of a condition. An excluded value never matches; without `include` everything else does.',
  frame: 'kind: pipeline\nsteps:\n- name: build\n  image: golang:1.26\ntrigger:\n  branch:\n    %\n',
  fields: [
    {
      key: 'include',
      value: { kind: 'texts' },
      use: EVERYWHERE,
      default: 'everything',
      text: 'Patterns of which one must match.',
      example: 'include: [main, release/*]',
      rule: '3.2',
    },
    {
      key: 'exclude',
      value: { kind: 'texts' },
      use: EVERYWHERE,
      text: 'Patterns of which none may match.',
      example: 'exclude: [experimental/**]',
      rule: '3.2',
    },
  ],
};

/** The long form of a condition about changed files (pipeline.md 12). */
export const PATH_PATTERNS: RecordDefinition = {
  name: 'path_patterns',
  title: 'Patterns of paths',
  text: 'The long form of `paths`. The condition fails when every changed file matches `exclude`.',
  frame: 'kind: pipeline\nsteps:\n- name: build\n  image: golang:1.26\ntrigger:\n  paths:\n    %\n',
  fields: [
    ...PATTERNS.fields,
    {
      key: 'ignore_message',
      value: { kind: 'text' },
      use: EVERYWHERE,
      text: 'When the commit message contains this text, in any case, the condition holds.',
      example: 'ignore_message: "[all]"',
      rule: '12',
    },
    {
      key: 'on_empty',
      value: { kind: 'flag' },
      use: EVERYWHERE,
      default: 'true',
      text: 'Whether the condition holds when no file has changed.',
      example: 'on_empty: false',
      rule: '12',
    },
  ],
};

/** A variable or setting that is not plain text (pipeline.md 2.5). */
export const VARIABLE: RecordDefinition = {
  name: 'variable',
  title: 'Variable',
  text: 'The value of a variable as a map.',
  frame:
    'kind: pipeline\nsteps:\n- name: build\n  image: golang:1.26\n  environment:\n    API_KEY:\n      %\n',
  fields: [
    {
      key: 'from_secret',
      value: { kind: 'text' },
      use: EVERYWHERE,
      text: 'The name of a secret. Its value never shows in logs.',
      example: 'from_secret: api_key',
      rule: '2.6',
    },
    {
      key: 'value',
      value: { kind: 'text' },
      use: EVERYWHERE,
      text: 'Plain text, as if it stood there without a map.',
      example: 'value: some text',
      rule: '2.5',
    },
  ],
};

function condition(key: string, text: string, example: string): FieldDefinition {
  return { key, value: { kind: 'condition' }, use: EVERYWHERE, text, example, rule: '3.1' };
}
