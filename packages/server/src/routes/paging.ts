export interface PagingRule {
  readonly defaultSize: number;
  readonly maxSize: number;
  /** What a larger wish becomes. */
  readonly tooLarge: 'default' | 'max';
}

export interface Page {
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
}

/** Reads `page` and `per_page` as Drone does: whatever makes no sense is the first page, or the usual size. */
export function readPage(
  query: { readonly page?: string; readonly per_page?: string },
  rule: PagingRule,
): Page {
  const wanted = readCount(query.per_page) ?? rule.defaultSize;
  const fallback = rule.tooLarge === 'max' ? rule.maxSize : rule.defaultSize;
  return { page: readCount(query.page) ?? 1, perPage: wanted > rule.maxSize ? fallback : wanted };
}

/** A positive whole number that leaves room for multiplication. */
function readCount(text: string | undefined): number | undefined {
  const isCount = text !== undefined && /^\d{1,9}$/.test(text) && Number(text) > 0;
  return isCount ? Number(text) : undefined;
}
