const PATHS = {
  repos: 'M3 3.5h10M3 8h10M3 12.5h10',
  account: 'M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8zM2.5 14c.6-2.8 2.8-4 5.5-4s4.9 1.2 5.5 4',
  keys: 'M1.5 4h13v8h-13zM4 6.7h.1M7 6.7h.1M10 6.7h.1M12.5 6.7h.1M5 9.5h6',
  theme: 'M8 1.5a6.5 6.5 0 1 0 0 13zM8 1.5a6.5 6.5 0 0 1 0 13',
  download: 'M8 2v7.5M4.8 6.5 8 9.7l3.2-3.2M2.5 13.5h11',
  up: 'M4 10l4-4 4 4',
  down: 'M4 6l4 4 4-4',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  branch: 'M4.5 2.5v11M4.5 9.5c5 0 7-1 7-4.5M11.5 5V2.5',
  commit: 'M8 5.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM1 8h4.3M10.7 8H15',
  enter: 'M9 2.5h4.5v11H9M2.5 8h7.5M7 5l3 3-3 3',
} as const;

/** A line drawing that always stands beside a text. */
export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" className="icon">
      <path d={PATHS[name]} />
    </svg>
  );
}
