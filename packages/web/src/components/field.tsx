import { useId } from 'react';

interface TextFieldProps {
  readonly type: 'text' | 'password';
  readonly name: string;
  readonly label: string;
  readonly autoComplete: string;
  readonly hint?: string;
  /** Empty while there is nothing wrong. */
  readonly error: string;
  /** Whether it is wrong for a reason that stands elsewhere. */
  readonly isInvalid: boolean;
}

/** A labelled input that its form reads when it is sent. */
export function TextField({ type, name, label, autoComplete, hint = '', error, isInvalid }: TextFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type={type}
        name={name}
        autoComplete={autoComplete}
        autoCapitalize="none"
        spellCheck={false}
        aria-required="true"
        aria-invalid={isInvalid || error !== ''}
        aria-describedby={`${id}-error ${id}-hint`}
      />
      <p id={`${id}-error`} className="field-error">
        {error}
      </p>
      <p id={`${id}-hint`} className="fine field-hint">
        {hint}
      </p>
    </div>
  );
}
