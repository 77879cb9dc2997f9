/** Variables that a tag gives to every step; `DRONE_SEMVER*` and, unless left out, `DRONE_CALVER*` (6.1). */
export function tagVariables(tag: string, options: { readonly calver: boolean }): Record<string, string> {
  const version = tag.replace(/^v/, '');
  return {
    DRONE_TAG: tag,
    ...semverVariables(version),
    ...(options.calver ? calverVariables(version) : {}),
  };
}

const SEMVER = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

function semverVariables(version: string): Record<string, string> {
  const match = SEMVER.exec(version);
  if (match === null) {
    return { DRONE_SEMVER_ERROR: `${version} is not a semantic version: three numbers separated by dots` };
  }
  const [major = '', minor = '', patch = ''] = match.slice(1, 4).map((part) => String(BigInt(part)));
  const [prerelease, build] = match.slice(4, 6);
  const short = `${major}.${minor}.${patch}`;
  return {
    DRONE_SEMVER: short + (prerelease ? `-${prerelease}` : '') + (build ? `+${build}` : ''),
    DRONE_SEMVER_SHORT: short,
    DRONE_SEMVER_MAJOR: major,
    DRONE_SEMVER_MINOR: minor,
    DRONE_SEMVER_PATCH: patch,
    ...(prerelease ? { DRONE_SEMVER_PRERELEASE: prerelease } : {}),
    ...(build ? { DRONE_SEMVER_BUILD: build } : {}),
  };
}

const CALVER = /^(\d+)\.(\d+)(?:\.(\d+)(?:-(.+))?)?$/;

function calverVariables(version: string): Record<string, string> {
  const match = CALVER.exec(version);
  if (match === null) return {};
  const [major = '', minor = '', micro = '', modifier = ''] = match.slice(1).map((part) => part ?? '');
  const year = Number(major);
  if (!((year >= 19 && year <= 99) || (year >= 2019 && year <= 9998))) return {};
  const short = micro === '' ? `${major}.${minor}` : `${major}.${minor}.${micro}`;
  return {
    DRONE_CALVER: modifier === '' ? short : `${short}-${modifier}`,
    DRONE_CALVER_SHORT: short,
    DRONE_CALVER_MAJOR_MINOR: `${major}.${minor}`,
    DRONE_CALVER_MAJOR: major,
    DRONE_CALVER_MINOR: minor,
    DRONE_CALVER_MICRO: micro,
    ...(modifier === '' ? {} : { DRONE_CALVER_MODIFIER: modifier }),
  };
}
