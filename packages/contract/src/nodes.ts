import type { NodeDetails } from '@sortie/core/runner';
import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';

const Names = Type.Object({ node: Type.String() });
const Text = Type.String({ maxLength: 10_000 });
/** Without control characters. */
const PlainText = Type.String({ maxLength: 500, pattern: '^[^\\u0000-\\u001f]*$' });
const KeyText = Type.String({ maxLength: 100_000, description: 'Base64' });
const Certificate = Type.Union([Type.String(), Type.Null()], { description: 'Base64' });
const PrivateKey = Type.Null({ description: 'Never shown' });

/** A runner, or a machine that somebody has written down (api-v1.md 2.12). */
export const WireNode = Type.Object(
  {
    id: Type.Integer(),
    uid: Type.String(),
    provider: Type.String(),
    state: Type.String({
      description:
        '`idle`, `busy`, `draining` (paused, still at work) or `lost`; of a node that never asked for work what was written',
    }),
    name: Type.String(),
    image: Type.String(),
    region: Type.String(),
    size: Type.String(),
    os: Type.String(),
    arch: Type.String(),
    kernel: Type.String(),
    variant: Type.String(),
    address: Type.String(),
    capacity: Type.Integer(),
    filters: Type.Array(Type.String()),
    labels: Type.Record(Type.String(), Type.String()),
    error: Type.String(),
    ca_key: PrivateKey,
    ca_cert: Certificate,
    tls_key: PrivateKey,
    tls_cert: Certificate,
    tls_name: Type.String(),
    paused: Type.Boolean({ description: 'It is handed nothing' }),
    protected: Type.Boolean({ description: 'It cannot be removed' }),
    created: Type.Integer(),
    updated: Type.Integer(),
  },
  { title: 'Node' },
);
export type WireNode = Static<typeof WireNode>;

const PATCH = {
  uid: Type.Optional(Text),
  provider: Type.Optional(Text),
  state: Type.Optional(Text),
  image: Type.Optional(Text),
  region: Type.Optional(Text),
  size: Type.Optional(Text),
  address: Type.Optional(Text),
  capacity: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  filters: Type.Optional(Type.Array(Text, { maxItems: 100 })),
  labels: Type.Optional(Type.Record(Type.String(), Text, { maxProperties: 100 })),
  error: Type.Optional(Text),
  ca_key: Type.Optional(KeyText),
  ca_cert: Type.Optional(KeyText),
  tls_key: Type.Optional(KeyText),
  tls_cert: Type.Optional(KeyText),
  paused: Type.Optional(Type.Boolean()),
  protected: Type.Optional(Type.Boolean()),
};

const NodePatch = Type.Object(PATCH);
export type NodePatch = Static<typeof NodePatch>;

const NodeDraft = Type.Object({
  ...PATCH,
  name: Type.String({ maxLength: 200 }),
  os: Type.Optional(PlainText),
  arch: Type.Optional(PlainText),
  kernel: Type.Optional(PlainText),
  variant: Type.Optional(PlainText),
  tls_name: Type.Optional(PlainText),
});
export type NodeDraft = Static<typeof NodeDraft>;

export const listNodes = defineRoute({
  id: 'listNodes',
  method: 'GET',
  path: '/api/nodes',
  access: 'admin',
  scope: 'server:admin',
  summary: 'All runners that have asked for work, and nodes that were written down, by name',
  reply: Type.Array(WireNode),
});

export const createNode = defineRoute({
  id: 'createNode',
  method: 'POST',
  path: '/api/nodes',
  access: 'admin',
  scope: 'server:admin',
  summary: 'Writes a node down; a runner of that name takes its place when it asks for work',
  body: NodeDraft,
  reply: WireNode,
  errors: ['name-invalid', 'already-exists'],
  isAudited: true,
});

export const getNode = defineRoute({
  id: 'getNode',
  method: 'GET',
  path: '/api/nodes/:node',
  access: 'admin',
  scope: 'server:admin',
  summary: 'One runner or node',
  params: Names,
  reply: WireNode,
});

export const updateNode = defineRoute({
  id: 'updateNode',
  method: 'PATCH',
  path: '/api/nodes/:node',
  access: 'admin',
  scope: 'server:admin',
  summary:
    'Changes a node; `paused` stops hand-outs to that runner. What a runner says of itself wins again when it asks for work',
  params: Names,
  body: NodePatch,
  reply: WireNode,
  isAudited: true,
});

export const deleteNode = defineRoute({
  id: 'deleteNode',
  method: 'DELETE',
  path: '/api/nodes/:node',
  access: 'admin',
  scope: 'server:admin',
  summary: 'Forgets a node; a runner is there again when it asks for work',
  params: Names,
  errors: ['node-protected'],
  isAudited: true,
});

/** What a node is made of; `state` has been derived where it can be. */
export interface NodeView {
  readonly nodeId: number;
  readonly name: string;
  readonly platform: {
    readonly os: string;
    readonly arch: string;
    readonly variant: string;
    readonly version: string;
  };
  readonly capacity: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly details: NodeDetails;
  readonly isPaused: boolean;
  readonly isProtected: boolean;
  readonly created: number;
  readonly lastContact: number;
  readonly state: string;
}

/** Private keys are `null`, whether or not there are any. */
export function toWireNode(node: NodeView): WireNode {
  const { details, platform } = node;
  return {
    id: node.nodeId,
    uid: details.uid,
    provider: details.provider,
    state: node.state,
    name: node.name,
    image: details.image,
    region: details.region,
    size: details.size,
    os: platform.os,
    arch: platform.arch,
    kernel: platform.version,
    variant: platform.variant,
    address: details.address,
    capacity: node.capacity,
    filters: [...details.filters],
    labels: { ...node.labels },
    error: details.error,
    ca_key: null,
    ca_cert: details.caCert || null,
    tls_key: null,
    tls_cert: details.tlsCert || null,
    tls_name: details.tlsName,
    paused: node.isPaused,
    protected: node.isProtected,
    created: node.created,
    updated: Math.max(node.created, node.lastContact),
  };
}
