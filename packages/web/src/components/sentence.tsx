import type { Build } from '@sortie/sdk/types';
import { Fragment } from 'react';
import { sentenceOf } from '../lib/sentence.ts';

/** Who did what, with the names set off. */
export function Sentence({ build }: { readonly build: Build }) {
  return (
    <span className="sentence">
      {sentenceOf(build).map((phrase, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the phrases of a sentence have no other name
        <Fragment key={at}>
          {at > 0 && ' '}
          {phrase.kind === 'name' ? <b>{phrase.text}</b> : phrase.text}
        </Fragment>
      ))}
    </span>
  );
}
