import { useState } from 'react';
import { useAnnounce } from '../hooks/announcer.tsx';
import { Icon } from './icon.tsx';

/** Copies a text and says so. Without clipboard rights (plain http) the text is left selected in a prompt. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false);
  const announce = useAnnounce();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      announce('Copied');
      setTimeout(() => setCopied(false), 2_000);
    } catch (error) {
      console.info('The clipboard is not available.', error);
      window.prompt('Copy with Ctrl+C', text);
    }
  };
  return (
    <button type="button" className="button small" onClick={() => void copy()}>
      <Icon name="copy" />
      {isCopied ? 'Copied' : label}
    </button>
  );
}
