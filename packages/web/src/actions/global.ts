import type { Action } from './action.ts';

export interface GlobalActionDeps {
  readonly navigate: (href: string) => void;
  readonly showShortcuts: () => void;
  readonly focusFilter: () => boolean;
  readonly isSignedIn: boolean;
}

/** What can be done on every page. */
export function globalActions(deps: GlobalActionDeps): readonly Action[] {
  return [
    {
      id: 'shortcuts',
      label: 'Show keyboard shortcuts',
      shortcut: '?',
      isEnabled: true,
      run: deps.showShortcuts,
    },
    {
      id: 'home',
      label: 'Go to repositories',
      shortcut: 'g h',
      isEnabled: true,
      run: () => deps.navigate('/'),
    },
    {
      id: 'account',
      label: 'Go to account',
      shortcut: 'g a',
      isEnabled: deps.isSignedIn,
      run: () => deps.navigate('/account'),
    },
    {
      id: 'find',
      label: 'Search or filter on this page',
      shortcut: '/',
      isEnabled: true,
      run: () => void deps.focusFilter(),
    },
  ];
}
