import { Type } from 'typebox';
import { defineRoute } from './route.ts';
import { WireStage } from './stages.ts';

const DryRun = Type.Object({
  dry_run: Type.Optional(
    Type.String({ description: '`true` says what would change and changes nothing: 200 with a body' }),
  ),
});

const QueueChange = Type.Object(
  {
    dry_run: Type.Literal(true),
    paused: Type.Boolean({ description: 'Whether the queue would be paused afterwards' }),
    changes: Type.Boolean({ description: 'False when it is so already' }),
    pending: Type.Integer({ description: 'Stages that wait' }),
    running: Type.Integer({ description: 'Stages that run, and go on in any case' }),
  },
  { title: 'QueueChange' },
);

export const getQueue = defineRoute({
  id: 'getQueue',
  method: 'GET',
  path: '/api/queue',
  access: 'admin',
  scope: 'server:admin',
  summary: 'Pending and running stages, oldest first; the header X-Queue-Paused says whether it is paused',
  reply: Type.Array(WireStage),
});

export const resumeQueue = defineRoute({
  id: 'resumeQueue',
  method: 'POST',
  path: '/api/queue',
  access: 'admin',
  scope: 'server:admin',
  summary: 'Hands stages out again; nothing changes when the queue is not paused',
  query: DryRun,
  reply: QueueChange,
  mayBeEmpty: true,
  isAudited: true,
});

export const pauseQueue = defineRoute({
  id: 'pauseQueue',
  method: 'DELETE',
  path: '/api/queue',
  access: 'admin',
  scope: 'server:admin',
  summary: 'Hands nothing out until it is resumed, also after a restart; running stages go on',
  query: DryRun,
  reply: QueueChange,
  mayBeEmpty: true,
  isAudited: true,
});
