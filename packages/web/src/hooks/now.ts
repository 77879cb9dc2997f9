import { useEffect, useState } from 'react';

/** The time in unix seconds; while `isTicking` it moves on every second, otherwise every half minute. */
export function useNow(isTicking: boolean): number {
  const [now, setNow] = useState(readClock);
  useEffect(() => {
    setNow(readClock());
    const timer = setInterval(() => setNow(readClock()), isTicking ? 1_000 : 30_000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}

function readClock(): number {
  return Math.floor(Date.now() / 1000);
}
