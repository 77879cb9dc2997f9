import type { Plan, PlanStep } from '@sortie/core/plan';
import { parseImageName } from './image-name.ts';

/**
 * True when another step of the stage may push the image of this one: its settings or commands speak of it. Then the
 * image must be pulled at the step's turn and not before. Nobody pushes to Docker's own library.
 */
export function mayBePushed(plan: Plan, step: PlanStep): boolean {
  const name = parseImageName(step.image ?? '');
  if (name === undefined || name.reference.startsWith('docker.io/library/')) return false;
  const [withoutDigest = ''] = name.reference.slice(name.registry.length + 1).split('@');
  const path = withoutDigest.split(':')[0] ?? '';
  return plan.steps.some((other) => {
    if (other === step) return false;
    const texts = [other.script ?? '', ...(other.command ?? []), ...Object.values(other.environment)];
    return texts.some((text) => text.includes(path));
  });
}
