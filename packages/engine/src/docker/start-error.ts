import { AppError } from '@sortie/core/errors';
import type { PlanStep } from '@sortie/core/plan';

/** What the daemon says when it cannot start a container, in words that name the remedy where there is one. */
export function startFailed(step: PlanStep, message: string, cause: unknown): AppError {
  if (step.script !== undefined && message.includes('/bin/sh')) {
    return new AppError(
      'step-start-failed',
      `The image ${step.image} has no /bin/sh, so it cannot run commands.`,
      {
        hint: 'Use an image with a shell, or run its own program with settings, entrypoint or command.',
        cause,
      },
    );
  }
  if (message.includes('argument list too long')) {
    return new AppError(
      'step-start-failed',
      'The environment of the step is too large for the operating system.',
      {
        hint: 'Put large values into files; one variable can hold 128 KiB.',
        cause,
      },
    );
  }
  return new AppError('step-start-failed', `The step ${step.name} cannot be started: ${message}`, { cause });
}
