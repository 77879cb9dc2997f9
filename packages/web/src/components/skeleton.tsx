/** Rows in the size of what is being loaded; invisible for the first 150 ms. */
export function Skeleton({ rows, label }: { readonly rows: number; readonly label: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div key={at} className="skeleton-row" aria-hidden="true" />
      ))}
    </div>
  );
}
