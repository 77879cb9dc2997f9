import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import { useRouter } from '../hooks/router.tsx';

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly href: string;
}

/** A link within the page; opening in a new tab works as everywhere. */
export function Link({ onClick, href, ...rest }: LinkProps) {
  const { navigate, toHref } = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain) return;
    event.preventDefault();
    navigate(href);
  };
  // biome-ignore-start lint/a11y: `href` is always there, so this is a real link and Enter works by itself
  return <a {...rest} href={toHref(href)} onClick={follow} />;
  // biome-ignore-end lint/a11y: end of the link
}
