import { SortieError } from '@sortie/sdk/errors';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useServiceCalls } from '../hooks/git-services.ts';
import type { SignInEntry, SignInWay } from '../lib/git-service-calls.ts';
import { TextField } from './field.tsx';
import { SignInError } from './sign-in-error.tsx';
import { Tabs } from './tabs.tsx';

interface SignInFormProps {
  readonly way: SignInWay;
  /** Path on this server to go to afterwards; the server decides whether it is one. */
  readonly next: string;
  /** Whether the account is added to the one that is signed in. */
  readonly isLink: boolean;
  /** `next` has the path of the server. */
  readonly onDone: (next: string) => void | Promise<void>;
}

const TABS = [
  { id: 'password', label: 'Password' },
  { id: 'token', label: 'Access token' },
] as const;
type Tab = (typeof TABS)[number]['id'];

/** Name and password, or an access token, of a service that has no sign-in page for others. */
export function SignInForm({ way, next, isLink, onDone }: SignInFormProps) {
  const calls = useServiceCalls();
  const [tab, setTab] = useState<Tab>('password');
  const [isBusy, setBusy] = useState(false);
  const [missing, setMissing] = useState<readonly string[]>([]);
  const [error, setError] = useState<unknown>();
  const form = useRef<HTMLFormElement>(null);
  const titleId = useId();
  useFocusOnTrouble(form, { error, missing });
  const choose = (id: Tab) => {
    setTab(id);
    setError(undefined);
    setMissing([]);
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy) return;
    const filled = readFields(event.currentTarget, tab);
    setError(undefined);
    setMissing(filled.missing);
    if (filled.missing.length > 0) return;
    setBusy(true);
    try {
      const entry: SignInEntry = { service: way.name, ...filled.entry, next, link: isLink };
      const { next: target } = await calls.signIn(entry);
      await onDone(target);
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  const isRefused = codeOf(error) === 'sign-in-refused';
  const fields = <Fields tab={tab} way={way} missing={missing} isRefused={isRefused} />;
  return (
    <form ref={form} className="sign-in" aria-labelledby={titleId} onSubmit={submit} noValidate>
      <h2 id={titleId}>
        {isLink ? 'Link an account at' : 'Sign in with'} {way.title}
      </h2>
      {way.accepts_token ? (
        <Tabs label="Sign in by" tabs={TABS} selected={tab} select={choose}>
          {fields}
        </Tabs>
      ) : (
        fields
      )}
      {error !== undefined && <SignInError error={error} />}
      <button type="submit" className="button primary big" aria-disabled={isBusy}>
        {isBusy ? 'One moment…' : isLink ? 'Link account' : 'Sign in'}
      </button>
    </form>
  );
}

interface FieldsProps {
  readonly tab: Tab;
  readonly way: SignInWay;
  readonly missing: readonly string[];
  readonly isRefused: boolean;
}

function Fields({ tab, way, missing, isRefused }: FieldsProps) {
  if (tab === 'token') {
    return (
      <TextField
        key="token"
        type="password"
        name="token"
        label="Access token"
        autoComplete="off"
        hint={`Made at ${way.title}, on the page with your settings.`}
        error={missing.includes('token') ? `Paste an access token of ${way.title}.` : ''}
        isInvalid={isRefused}
      />
    );
  }
  return (
    <>
      <TextField
        type="text"
        name="username"
        label="Username or e-mail address"
        autoComplete="username"
        error={missing.includes('username') ? `Enter your name at ${way.title}.` : ''}
        isInvalid={isRefused}
      />
      <TextField
        type="password"
        name="password"
        label="Password"
        autoComplete="current-password"
        error={missing.includes('password') ? `Enter your password at ${way.title}.` : ''}
        isInvalid={isRefused}
      />
    </>
  );
}

function readFields(form: HTMLFormElement, tab: Tab) {
  const names = tab === 'token' ? ['token'] : ['username', 'password'];
  const data = new FormData(form);
  const entry = Object.fromEntries(names.map((name) => [name, String(data.get(name) ?? '')]));
  return { entry, missing: names.filter((name) => entry[name]?.trim() === '') };
}

/** Leads to what has to be changed: the empty field, the secret that was wrong, or else the reason. */
function useFocusOnTrouble(
  form: { readonly current: HTMLFormElement | null },
  { error, missing }: { readonly error: unknown; readonly missing: readonly string[] },
): void {
  useEffect(() => {
    const [first] = missing;
    if (first !== undefined) form.current?.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
  }, [form, missing]);
  useEffect(() => {
    if (error === undefined) return;
    const secret = form.current?.querySelector<HTMLInputElement>('input[type="password"]');
    if (codeOf(error) === 'sign-in-refused' && secret != null) {
      secret.value = '';
      secret.focus();
    } else {
      form.current?.querySelector<HTMLElement>('[role="alert"]')?.focus();
    }
  }, [form, error]);
}

function codeOf(error: unknown): string {
  return error instanceof SortieError ? error.errorCode : '';
}
