import { type Static, Type } from 'typebox';
import { BuildParams } from './build-routes.ts';
import { defineRoute } from './route.ts';

/** Path parameters of one step; `stage` and `step` are numbers, not ids. */
export const StepParams = Type.Object({
  ...BuildParams.properties,
  stage: Type.Integer(),
  step: Type.Integer(),
});

/** A line of a log (api-v1.md 2.7). */
export const WireLine = Type.Object(
  {
    pos: Type.Integer({ description: 'Number of the line, from 0' }),
    out: Type.String({ description: 'The line with its newline' }),
    time: Type.Integer({ description: 'Seconds since the step began' }),
  },
  { title: 'Line' },
);
export type WireLine = Static<typeof WireLine>;

export const getBuildLogs = defineRoute({
  id: 'getBuildLogs',
  method: 'GET',
  path: '/api/repos/:owner/:name/builds/:build/logs/:stage/:step',
  access: 'repo:read',
  scope: 'logs:read',
  summary: 'The log of a step; of a running one the lines so far',
  params: StepParams,
  query: Type.Object({
    format: Type.Optional(
      Type.String({
        description: '`text` answers the raw bytes and honours `Range`, as does `Accept: text/plain`',
      }),
    ),
  }),
  reply: Type.Array(WireLine),
  produces: ['application/json', 'text/plain'],
  errors: ['step-not-begun', 'range-unsatisfiable'],
});
