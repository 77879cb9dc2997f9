import { type Static, Type } from 'typebox';
import { WireBuild } from './builds.ts';
import { defineRoute } from './route.ts';

/** Nothing was built, and why. */
export const HookIgnored = Type.Object(
  { ignored: Type.String({ description: 'Why nothing follows from the event' }) },
  { title: 'IgnoredHook' },
);
/** The repository or its pipeline file wanted no build. */
export const HookSkipped = Type.Object(
  {
    skipped: Type.String({ description: 'Why nothing was built' }),
    code: Type.Optional(Type.String({ description: 'Code of docs/errors.md' })),
  },
  { title: 'SkippedHook' },
);
/** The webhook is stored, and the work goes on behind the answer. */
export const HookAccepted = Type.Object(
  {
    accepted: Type.Literal(true),
    id: Type.Integer({ description: 'Of the delivery, which has the verdict later' }),
  },
  { title: 'AcceptedHook' },
);

/** The answer to a webhook (scm.md 4.4): a build, a reason, or Drone's `null` where the settings ask for it. */
export const HookReply = Type.Union([WireBuild, HookIgnored, HookSkipped, Type.Null()]);
export type HookReply = Static<typeof HookReply> | Static<typeof HookAccepted>;

/** The body is the raw one of the Git service, which is signed as it is. */
export const hook = defineRoute({
  id: 'hook',
  method: 'POST',
  path: '/hook',
  access: 'open',
  summary: 'Takes the webhooks of the connected Git services, known by their signature',
  reply: HookReply,
  mayBeEmpty: true,
  accepted: HookAccepted,
  errors: ['invalid-request', 'body-too-large', 'unsupported-media-type', 'rate-limited', 'not-found'],
});

/** The same for exactly one service, whatever the headers say: what hooks lead to where several are connected. */
export const hookOfService = defineRoute({
  ...hook,
  id: 'hookOfService',
  path: '/hook/:service',
  summary: 'Takes the webhooks of one connected Git service',
  params: Type.Object({ service: Type.String({ description: 'Name of the connection, as `gogs`' }) }),
});
