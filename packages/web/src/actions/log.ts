import type { Action } from './action.ts';

export interface LogActionDeps {
  readonly isFollowing: boolean;
  readonly isWrapped: boolean;
  readonly hasMatches: boolean;
  readonly hasText: boolean;
  readonly setFollowing: (on: boolean) => void;
  readonly setWrapped: (on: boolean) => void;
  readonly goToMatch: (direction: 1 | -1) => void;
}

/** What can be done with a log. */
export function logActions(deps: LogActionDeps) {
  const follow: Action = {
    id: 'follow',
    label: 'Follow the end',
    shortcut: 'f',
    isEnabled: deps.hasText,
    isOn: deps.isFollowing,
    run: () => deps.setFollowing(!deps.isFollowing),
  };
  const wrap: Action = {
    id: 'wrap',
    label: 'Wrap long lines',
    shortcut: 'w',
    isEnabled: deps.hasText,
    isOn: deps.isWrapped,
    run: () => deps.setWrapped(!deps.isWrapped),
  };
  const nextMatch: Action = {
    id: 'next-match',
    label: 'Go to next match',
    shortcut: 'n',
    isEnabled: deps.hasMatches,
    run: () => deps.goToMatch(1),
  };
  const previousMatch: Action = {
    id: 'previous-match',
    label: 'Go to previous match',
    shortcut: 'N',
    isEnabled: deps.hasMatches,
    run: () => deps.goToMatch(-1),
  };
  const end: Action = {
    id: 'end',
    label: 'Go to the end and follow',
    shortcut: 'End',
    isEnabled: deps.hasText,
    run: () => deps.setFollowing(true),
  };
  return { follow, wrap, nextMatch, previousMatch, end };
}
