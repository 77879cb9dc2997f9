import { type MouseEvent, memo } from 'react';
import type { AnsiStyle } from '../lib/ansi.ts';
import type { Row, RowPart } from '../lib/log-row.ts';

interface LogRowProps {
  readonly row: Row;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly onNumber: (line: number, event: MouseEvent) => void;
}

/** One line. Its number is drawn by the stylesheet, so that copying takes the text only. */
export const LogRow = memo(function LogRow({ row, isCurrent, isSelected, onNumber }: LogRowProps) {
  const number = row.line + 1;
  return (
    <div
      className="log-row"
      data-selected={isSelected || undefined}
      data-current={isCurrent || undefined}
      data-command={row.isCommand || undefined}
    >
      {/* biome-ignore lint/a11y/useAnchorContent: the label is its content; the number itself must not be copied */}
      <a
        className="log-number"
        href={`#L${number}`}
        data-number={number}
        aria-label={`Line ${number}`}
        tabIndex={-1}
        onClick={(event) => onNumber(number, event)}
      />
      <span className="log-text">
        {row.parts.map((part, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line have no other name
          <Part key={at} part={part} />
        ))}
        {row.hiddenBytes > 0 && <em> … {row.hiddenBytes.toLocaleString('en')} more bytes in the download</em>}
        {'\n'}
      </span>
    </div>
  );
}, isSameRow);

function Part({ part }: { readonly part: RowPart }) {
  const text = part.isMatch ? <mark>{part.text}</mark> : part.text;
  const className = classOf(part.style);
  if (part.href !== undefined) {
    return (
      <a
        href={part.href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className={className}
        style={part.colors}
      >
        {text}
      </a>
    );
  }
  if (className === '' && part.colors.color === undefined) return text;
  return (
    <span className={className} style={part.colors}>
      {text}
    </span>
  );
}

function classOf(style: AnsiStyle): string {
  const names = ['bold', 'italic', 'underline', 'strike'] as const;
  return names
    .filter((name) => style[name])
    .map((name) => `ansi-${name}`)
    .join(' ');
}

function isSameRow(before: LogRowProps, after: LogRowProps): boolean {
  return (
    before.isCurrent === after.isCurrent && before.isSelected === after.isSelected && before.row === after.row
  );
}
