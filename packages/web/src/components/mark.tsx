/** The sign of Sortie: an arrow that leaves. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className="mark">
      <path d="M5 25 27 6l-5.600 20-5.600-7.700z" />
      <path d="M15.800 18.300 27 6" />
    </svg>
  );
}
