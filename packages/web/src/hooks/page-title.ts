import { useEffect } from 'react';
import failedIcon from '../icons/failed.svg';
import idleIcon from '../icons/idle.svg';
import passedIcon from '../icons/passed.svg';
import runningIcon from '../icons/running.svg';
import { lookOf } from '../lib/status.ts';

/** Sets title and icon of the tab; both follow the status of the open build and go back when it is left. */
export function usePageTitle(title: string, status?: string): void {
  useEffect(() => {
    const prefix = status === undefined ? '' : `${lookOf(status).label}: `;
    document.title = `${prefix}${title} – Sortie`;
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon !== null) icon.href = iconOf(status);
  }, [title, status]);
}

function iconOf(status: string | undefined): string {
  if (status === undefined) return idleIcon;
  const { tone } = lookOf(status);
  if (tone === 'ok') return passedIcon;
  if (tone === 'danger') return failedIcon;
  return tone === 'info' ? runningIcon : idleIcon;
}
