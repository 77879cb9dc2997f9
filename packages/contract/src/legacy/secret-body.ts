import { Type } from 'typebox';

const Globs = Type.Optional(Type.Array(Type.String()));

/** A secret on its way in: it replaces the one of its name with every attribute. */
export const LegacySecretBody = Type.Object({
  name: Type.String(),
  value: Type.Optional(Type.String()),
  image: Globs,
  event: Globs,
  skip_verify: Type.Optional(Type.Boolean()),
  conceal: Type.Optional(Type.Boolean()),
});
