/** Lets work about one key begin only when the work before it has ended; that of other keys goes on beside it. */
type InTurn = <Result>(key: number, work: () => Promise<Result>) => Promise<Result>;

/** Nothing is remembered of keys that nobody works on. */
export function createTurns(): InTurn {
  const last = new Map<number, Promise<unknown>>();
  return (key, work) => {
    const before = last.get(key) ?? Promise.resolve();
    const result = before.then(work, work);
    const ended = result
      .catch(() => undefined)
      .then(() => {
        if (last.get(key) === ended) last.delete(key);
      });
    last.set(key, ended);
    return result;
  };
}
