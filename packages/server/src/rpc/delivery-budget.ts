/** Counts what is under way for each holder, up to a limit. */
export interface DeliveryBudget {
  /** Returns how to give it back, once; `undefined` when it would be too much for this holder. */
  take(holder: string, amount: number): (() => void) | undefined;
}

/** `limit` is for each holder; whoever has nothing under way gets any amount. */
export function createDeliveryBudget(limit: number): DeliveryBudget {
  const taken = new Map<string, number>();
  return {
    take(holder, amount) {
      const before = taken.get(holder) ?? 0;
      if (before > 0 && before + amount > limit) return undefined;
      taken.set(holder, before + amount);
      let isGiven = false;
      return () => {
        if (isGiven) return;
        isGiven = true;
        const left = (taken.get(holder) ?? 0) - amount;
        if (left > 0) taken.set(holder, left);
        else taken.delete(holder);
      };
    },
  };
}
