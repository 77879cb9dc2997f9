import type { Plan, PlanPart, PlanSecretSource, PlanStep } from '@sortie/core/plan';
import { allowsImage } from '@sortie/core/secret';
import { quoteJson } from './settings.ts';

/** A secret of the repository or its organisation, as the server sends it with a stage. */
export interface StoredSecret {
  readonly name: string;
  readonly value: string;
  /** Whether builds of pull requests may have it. */
  readonly allowsPullRequests: boolean;
  /** Globs of the images whose steps may have it; absent means every step. */
  readonly images?: readonly string[];
}

/** Where the values of secrets come from; what a server or runner does not have is left out. */
export interface SecretStores {
  /** Those of the repository first, then those of the organisation. */
  readonly stored?: readonly StoredSecret[];
  /** Opens the text of an encrypted document with the key of the repository; `undefined` when that fails. */
  readonly decrypt?: (data: string) => string | undefined;
  /** Secrets of the runner itself. */
  readonly runner?: Readonly<Record<string, string>>;
  /** Asks the secret service for what a document of the file names; `undefined` when it has none. */
  readonly askExternal?: (source: ExternalSource) => Promise<string | undefined>;
}

export type ExternalSource = Extract<PlanSecretSource, { readonly kind: 'external' }>;

/** What decides whether a secret may be shown to a build (pipeline.md 4.4). */
export interface SecretAudience {
  /** The build runs what a pull request proposes, whatever its event is. */
  readonly isPullRequest: boolean;
  /** Slug of the repository that a pull request comes from. */
  readonly sourceRepo: string;
  readonly isPublic: boolean;
}

/** The names of all secrets that a plan asks for, each once. */
export function secretNames(plan: Plan): readonly string[] {
  const names = new Set([...(plan.pullSecrets ?? []), ...plan.steps.flatMap(namesOfStep)]);
  for (const value of Object.values(plan.server ?? {})) if (value.kind === 'secret') names.add(value.secret);
  return [...names];
}

function namesOfStep(step: Pick<PlanStep, 'secrets' | 'composed'>): readonly string[] {
  const parts = (step.composed ?? []).flatMap((variable) => variable.parts);
  const composed = parts.flatMap((part) => (part.kind === 'secret' ? [part.secret] : []));
  return [...step.secrets.map(({ secret }) => secret), ...composed];
}

/**
 * The values of the secrets that a plan asks for, by the name as written (pipeline.md 2.6): the first value that is
 * not empty among stored secrets, encrypted documents, those of the runner and the secret service. A secret that is
 * not found, or that the build may not see, has no entry. Rejects only when the secret service does.
 */
export async function resolveSecrets(
  plan: Plan,
  stores: SecretStores,
  audience: SecretAudience,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const name of secretNames(plan)) {
    const known = storedValue(stores, name, audience, undefined) || inlineValue(plan, stores, name, audience);
    const value = known || runnerValue(stores, name, audience) || (await externalValue(plan, stores, name));
    if (value !== '') values.set(name, value);
  }
  return values;
}

/**
 * The values as one step has them: to those of its stage come the stored secrets that only steps with its image may
 * have, each at its own rank.
 */
export function valuesOfStep(
  step: Pick<PlanStep, 'image' | 'secrets' | 'composed'>,
  stores: SecretStores,
  audience: SecretAudience,
  values: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  if (stores.stored?.some(({ images }) => images !== undefined) !== true) return values;
  const own = new Map(values);
  for (const name of namesOfStep(step)) {
    const value = storedValue(stores, name, audience, step);
    if (value !== '') own.set(name, value);
  }
  return own;
}

/** The variables of a step that hold secrets. A secret without a value is empty, and the variable exists. */
export function secretEnvironment(
  step: Pick<PlanStep, 'secrets' | 'composed'>,
  values: ReadonlyMap<string, string>,
): Record<string, string> {
  const plain = step.secrets.map(({ env, secret }) => [env, values.get(secret) ?? ''] as const);
  const composed = (step.composed ?? []).map(({ env, parts }) => [env, compose(parts, values)] as const);
  return Object.fromEntries([...plain, ...composed]);
}

/** What the log of a step should say about secrets that it asks for and that have no value: one line each. */
export function missingSecretNotes(
  step: Pick<PlanStep, 'secrets' | 'composed'>,
  values: ReadonlyMap<string, string>,
): readonly string[] {
  const plain = step.secrets.filter(({ secret }) => !values.has(secret));
  const notes = plain.map(({ env, secret }) => missingNote(secret, env));
  for (const { env, parts } of step.composed ?? []) {
    for (const part of parts) {
      if (part.kind === 'secret' && !values.has(part.secret)) notes.push(missingNote(part.secret, env));
    }
  }
  return notes;
}

function missingNote(secret: string, env: string): string {
  return `warning: there is no secret "${secret}" for this build, so ${env} lacks it`;
}

function compose(parts: readonly PlanPart[], values: ReadonlyMap<string, string>): string {
  const texts = parts.map((part) => {
    if (part.kind === 'text') return part.text;
    const value = values.get(part.secret) ?? '';
    return part.encoding === 'json' ? quoteJson(value) : value;
  });
  return texts.join('');
}

/** Names are compared without regard to case. Without a step only secrets for every image count. */
function storedValue(
  { stored = [] }: SecretStores,
  name: string,
  { isPullRequest }: SecretAudience,
  step: Pick<PlanStep, 'image'> | undefined,
): string {
  const wanted = name.toLowerCase();
  const found = stored.find((secret) => {
    const isShown = !isPullRequest || secret.allowsPullRequests;
    const isForImage = secret.images === undefined || allowsImage(secret.images, step?.image);
    return isShown && isForImage && secret.value !== '' && secret.name.toLowerCase() === wanted;
  });
  return found?.value ?? '';
}

function inlineValue(plan: Plan, { decrypt }: SecretStores, name: string, audience: SecretAudience): string {
  if (decrypt === undefined || !showsInline(audience)) return '';
  for (const source of plan.secretSources ?? []) {
    const value = source.kind === 'inline' && source.name === name ? decrypt(source.data) : undefined;
    if (value !== undefined && value !== '') return value;
  }
  return '';
}

/** Encrypted documents are hidden from pull requests of public repositories (pipeline.md 4.4). */
export function showsInline({ isPullRequest, isPublic, sourceRepo }: SecretAudience): boolean {
  return !(isPullRequest && isPublic && sourceRepo !== '');
}

/** They have no mark for pull requests, so those never get them. */
function runnerValue({ runner = {} }: SecretStores, name: string, { isPullRequest }: SecretAudience): string {
  if (isPullRequest) return '';
  const wanted = name.toLowerCase();
  return Object.entries(runner).find(([known]) => known.toLowerCase() === wanted)?.[1] ?? '';
}

async function externalValue(plan: Plan, { askExternal }: SecretStores, name: string): Promise<string> {
  if (askExternal === undefined) return '';
  for (const source of plan.secretSources ?? []) {
    const value = source.kind === 'external' && source.name === name ? await askExternal(source) : undefined;
    if (value !== undefined && value !== '') return value;
  }
  return '';
}
