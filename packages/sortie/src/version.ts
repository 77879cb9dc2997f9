/** The version of this release, semantic, without `v`. The root package.json says the same. */
export const VERSION = '0.1.0';
