/** Why the stages of a build wait for a person: no signature, a wrong one, or code of another repository. */
export const APPROVAL_REASONS = ['not-signed', 'not-verified', 'fork'] as const;
export type ApprovalReason = (typeof APPROVAL_REASONS)[number];

/**
 * Which pull requests of forks wait for an approval: those of public repositories (`default`), all, or none
 * (scm.md X23).
 */
export const FORK_APPROVALS = ['default', 'always', 'never'] as const;
export type ForkApproval = (typeof FORK_APPROVALS)[number];

/** Where the pipeline file of a pull request from a fork is read: what it proposes, or the branch it is for (X24). */
export const FORK_CONFIGS = ['head', 'base'] as const;
export type ForkConfig = (typeof FORK_CONFIGS)[number];

/** As the end of a sentence that begins with what waits. */
export const APPROVAL_SENTENCES: Readonly<Record<ApprovalReason, string>> = {
  'not-signed':
    'waits for an approval, because the repository is protected and its pipeline file is not signed',
  'not-verified':
    'waits for an approval, because the repository is protected and the signature of its pipeline file does not fit',
  fork: 'waits for an approval, because its code comes from a fork',
};
