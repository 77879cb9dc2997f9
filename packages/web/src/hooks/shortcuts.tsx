import { createContext, type ReactNode, use, useEffect, useMemo, useRef, useState } from 'react';
import type { Action } from '../actions/action.ts';
import { pressKey } from '../lib/keymap.ts';
import { useStored } from './stored.ts';

interface Shortcuts {
  readonly groups: ReadonlyMap<string, readonly Action[]>;
  readonly isOn: boolean;
  readonly setOn: (on: boolean) => void;
  readonly register: (group: string, actions: readonly Action[]) => () => void;
}

const ShortcutsContext = createContext<Shortcuts | undefined>(undefined);

/** Listens for the keys of every action that is on the page. */
export function ShortcutsProvider({ children }: { readonly children: ReactNode }) {
  const [groups, setGroups] = useState<ReadonlyMap<string, readonly Action[]>>(new Map());
  const [stored, store] = useStored('shortcuts', 'on');
  const isOn = stored === 'on';
  const current = useRef(groups);
  current.current = groups;

  useEffect(() => {
    if (!isOn) return;
    let pending = '';
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
      const actions = [...current.current.values()].flat().filter((action) => action.isEnabled);
      const result = pressKey(
        actions.flatMap((action) => action.shortcut ?? []),
        pending,
        event,
      );
      pending = result.pending;
      const action = actions.find((each) => each.shortcut !== undefined && each.shortcut === result.matched);
      if (action === undefined) return;
      event.preventDefault();
      action.run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [isOn]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `store` is new each time and always does the same
  const value = useMemo<Shortcuts>(
    () => ({
      groups,
      isOn,
      setOn: (on) => store(on ? 'on' : 'off'),
      register: (group, actions) => {
        setGroups((known) => new Map(known).set(group, actions));
        return () => setGroups((known) => new Map([...known].filter(([name]) => name !== group)));
      },
    }),
    [groups, isOn],
  );
  return <ShortcutsContext value={value}>{children}</ShortcutsContext>;
}

export function useShortcuts(): Shortcuts {
  const shortcuts = use(ShortcutsContext);
  if (shortcuts === undefined) throw new Error('useShortcuts needs a ShortcutsProvider');
  return shortcuts;
}

/** Makes the keys of these actions work while the component is on the page. */
export function useActions(group: string, actions: readonly Action[]): void {
  const { register } = useShortcuts();
  const latest = useRef(actions);
  latest.current = actions;
  // What an action does may change with every drawing; what is listed changes seldom.
  const shape = actions.map((action) => `${action.id}:${action.isEnabled}:${action.isOn ?? ''}`).join();
  const stable = useRef(register);
  stable.current = register;
  useEffect(() => {
    const listed = latest.current.map((action, at) => ({
      ...action,
      run: () => latest.current[at]?.run(),
    }));
    return stable.current(group, shape === '' ? [] : listed);
  }, [group, shape]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}
