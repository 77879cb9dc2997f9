import { useEffect, useState } from 'react';
import type { Theme } from '../lib/color.ts';
import { useStored } from './stored.ts';

export const THEME_CHOICES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

/** The chosen theme; `theme-boot.js` applies the same key before the first paint. */
export function useThemeChoice(): readonly [ThemeChoice, (choice: ThemeChoice) => void] {
  const [stored, store] = useStored('selected_theme', 'system');
  const choice = THEME_CHOICES.find((each) => each === stored) ?? 'system';
  useEffect(() => {
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
  }, [choice]);
  return [choice, store];
}

/** The theme that is really shown, for colours that are computed. */
export function useShownTheme(): Theme {
  const [theme, setTheme] = useState(readShown);
  useEffect(() => {
    const update = () => setTheme(readShown());
    const query = window.matchMedia('(prefers-color-scheme: dark)');
    const observer = new MutationObserver(update);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    query.addEventListener('change', update);
    return () => {
      observer.disconnect();
      query.removeEventListener('change', update);
    };
  }, []);
  return theme;
}

function readShown(): Theme {
  const { theme } = document.documentElement.dataset;
  if (theme === 'light' || theme === 'dark') return theme;
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
