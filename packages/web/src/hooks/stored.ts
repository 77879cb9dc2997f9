import { useState } from 'react';

/** A small choice that outlives the page. Without storage it lasts as long as the page. */
export function useStored(name: string, initial: string): readonly [string, (value: string) => void] {
  const [value, setValue] = useState(() => readStored(name) ?? initial);
  const store = (next: string) => {
    setValue(next);
    try {
      localStorage.setItem(name, next);
    } catch (error) {
      console.info('The choice cannot be stored.', error);
    }
  };
  return [value, store];
}

function readStored(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch (error) {
    console.info('Stored choices cannot be read.', error);
    return undefined;
  }
}
