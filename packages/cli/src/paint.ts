/** Colours for names and statuses on a terminal; plain text when colours are off. */
export interface Painter {
  /** The name in brackets, in a colour that it keeps. */
  name(text: string): string;
  /** The status in a fixed width with the sign of its kind, so that it reads without colour too. */
  status(text: string): string;
  strong(text: string): string;
}

/** Six SGR colours that stand apart on dark and light terminals. */
const COLORS = [36, 33, 35, 32, 34, 96];

const SIGNS: Readonly<Record<string, { readonly sign: string; readonly color: number }>> = {
  success: { sign: '✔', color: 32 },
  failure: { sign: '✖', color: 31 },
  error: { sign: '✖', color: 31 },
  killed: { sign: '■', color: 33 },
  skipped: { sign: '→', color: 90 },
};

export function createPainter(useColor: boolean): Painter {
  const given = new Map<string, number>();
  const paint = (color: number, text: string) => (useColor ? `\u001b[${color}m${text}\u001b[0m` : text);
  return {
    name(text) {
      const color = given.get(text) ?? COLORS[given.size % COLORS.length] ?? 0;
      given.set(text, color);
      return paint(color, `[${text}]`);
    },
    status(text) {
      const { sign, color } = SIGNS[text] ?? { sign: '•', color: 0 };
      return paint(color, `${sign} ${text.padEnd(8)}`);
    },
    strong: (text) => paint(1, text),
  };
}
