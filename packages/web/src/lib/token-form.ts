/** How long a new token may live; 0 days = for ever. */
export const LIFETIMES = [
  { days: '7', label: 'in 7 days' },
  { days: '30', label: 'in 30 days' },
  { days: '90', label: 'in 90 days' },
  { days: '365', label: 'in a year' },
  { days: '0', label: 'never' },
] as const;

/** Unix seconds at which a token of so many days ends; 0 = never. */
export function expiryOf(days: string, now: number): number {
  const count = Number(days);
  return count === 0 ? 0 : now + count * 86_400;
}
