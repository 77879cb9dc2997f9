import { type RefCallback, useCallback, useRef, useState } from 'react';

export interface Scroller {
  readonly ref: RefCallback<HTMLElement>;
  readonly scrollTop: number;
  /** Height of the window in pixels; 0 before it is known. */
  readonly height: number;
  /** Characters that fit in a line beside the line number. */
  readonly columns: number;
  onScroll(): void;
  jump(scrollTop: number): void;
  jumpToEnd(): void;
}

interface ScrollerInput {
  readonly isFollowing: boolean;
  readonly setFollowing: (on: boolean) => void;
}

/** Width of the line number and the margins around the text. */
const GUTTER_PX = 88;
const AT_END_PX = 8;

/** Watches a scrolled element. Scrolling up pauses following, reaching the end resumes it. */
export function useScroller({ isFollowing, setFollowing }: ScrollerInput): Scroller {
  const element = useRef<HTMLElement>(null);
  const last = useRef({ top: 0, size: '' });
  const [scrollTop, setScrollTop] = useState(0);
  const [size, setSize] = useState({ height: 0, columns: 80 });

  const ref = useCallback<RefCallback<HTMLElement>>((node) => {
    if (node === null) return;
    element.current = node;
    const measure = () => {
      const columns = Math.floor((node.clientWidth - GUTTER_PX) / characterWidth(node));
      setSize({ height: node.clientHeight, columns: Math.max(10, columns) });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    measure();
    return () => {
      observer.disconnect();
      element.current = null;
    };
  }, []);

  const moveTo = (top: number) => {
    const node = element.current;
    if (node === null) return;
    node.scrollTop = top;
    last.current = { top: node.scrollTop, size: sizeOf(node) };
    setScrollTop(node.scrollTop);
  };

  return {
    ref,
    scrollTop,
    ...size,
    onScroll() {
      const node = element.current;
      if (node === null) return;
      const isAtEnd = node.scrollHeight - node.scrollTop - node.clientHeight < AT_END_PX;
      // What the browser moves because something has another size now is nobody's will.
      const isSame = sizeOf(node) === last.current.size;
      const isUp = isSame && node.scrollTop < last.current.top - 1;
      last.current = { top: node.scrollTop, size: sizeOf(node) };
      setScrollTop(node.scrollTop);
      if (isFollowing && isUp && !isAtEnd) setFollowing(false);
      // Moved by the browser and not by a person: who follows is taken back.
      if (isFollowing && !isUp && !isAtEnd) moveTo(node.scrollHeight);
      if (!isFollowing && isAtEnd && !isUp && node.scrollHeight > node.clientHeight) setFollowing(true);
    },
    jump: moveTo,
    jumpToEnd: () => moveTo(element.current?.scrollHeight ?? 0),
  };
}

function sizeOf({ scrollHeight, clientHeight }: HTMLElement): string {
  return `${scrollHeight} ${clientHeight}`;
}

function characterWidth(node: HTMLElement): number {
  const probe = document.createElement('span');
  probe.className = 'log-probe';
  probe.textContent = '0'.repeat(50);
  node.append(probe);
  const { width } = probe.getBoundingClientRect();
  probe.remove();
  return width === 0 ? 8 : width / 50;
}
