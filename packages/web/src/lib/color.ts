import { type AnsiStyle, TRUE_COLOR } from './ansi.ts';

export type Theme = 'light' | 'dark';

type Rgb = readonly [red: number, green: number, blue: number];

/** What a log is drawn on; the stylesheet's `--log-bg` and `--log-ink` have the same values. */
export const LOG_COLORS: Readonly<Record<Theme, { readonly ground: Rgb; readonly ink: Rgb }>> = {
  light: { ground: [252, 252, 250], ink: [36, 40, 48] },
  dark: { ground: [16, 18, 22], ink: [214, 218, 226] },
};

const PALETTE: Readonly<Record<Theme, readonly Rgb[]>> = {
  light: [
    [36, 40, 48],
    [190, 30, 45],
    [17, 115, 60],
    [140, 90, 0],
    [35, 80, 200],
    [140, 50, 150],
    [0, 110, 125],
    [96, 102, 112],
    [80, 86, 96],
    [205, 35, 50],
    [10, 125, 65],
    [150, 95, 0],
    [45, 95, 220],
    [155, 60, 165],
    [0, 118, 135],
    [60, 66, 76],
  ],
  dark: [
    [130, 138, 150],
    [242, 112, 112],
    [110, 200, 130],
    [222, 180, 90],
    [120, 165, 250],
    [210, 145, 225],
    [100, 200, 212],
    [200, 205, 214],
    [150, 158, 170],
    [255, 140, 140],
    [140, 220, 155],
    [240, 205, 125],
    [150, 188, 255],
    [226, 170, 240],
    [130, 222, 232],
    [240, 243, 248],
  ],
};

const MIN_CONTRAST = 4.5;

/** CSS colours of a style on the log of a theme; the text always has a contrast of 4.5:1 or more (WCAG 1.4.3). */
export function colorsOf(style: AnsiStyle, theme: Theme): { color?: string; backgroundColor?: string } {
  const { ground, ink } = LOG_COLORS[theme];
  const own = style.fg < 0 ? undefined : toRgb(style.fg, theme);
  const behind = style.bg < 0 ? undefined : toRgb(style.bg, theme);
  const front = style.inverse ? (behind ?? ground) : own;
  const back = style.inverse ? (own ?? ink) : behind;
  const faded = style.dim ? mix(front ?? ink, back ?? ground, 0.3) : front;
  const needsColor = faded !== undefined || back !== undefined;
  return {
    ...(needsColor ? { color: css(readable(faded ?? ink, back ?? ground)) } : {}),
    ...(back === undefined ? {} : { backgroundColor: css(back) }),
  };
}

/** Contrast of two colours by WCAG 2: from 1 to 21. */
export function contrast(first: Rgb, second: Rgb): number {
  const [high, low] = [luminance(first), luminance(second)].toSorted((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Moves a colour towards black or white, whichever helps, until it can be read on `ground`. */
export function readable(color: Rgb, ground: Rgb): Rgb {
  const pole: Rgb = luminance(ground) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0; share < 1; share += 0.05) {
    const moved = mix(color, pole, share);
    if (contrast(moved, ground) >= MIN_CONTRAST) return moved;
  }
  return pole;
}

function toRgb(color: number, theme: Theme): Rgb {
  if (color >= TRUE_COLOR) return [(color >> 16) & 255, (color >> 8) & 255, color & 255];
  if (color < 16) return PALETTE[theme][color] ?? LOG_COLORS[theme].ink;
  if (color >= 232) {
    const gray = 8 + (color - 232) * 10;
    return [gray, gray, gray];
  }
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  const cube = color - 16;
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const channel = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * share);
  return [channel(0), channel(1), channel(2)];
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function css(color: Rgb): string {
  return `rgb(${color.join(' ')})`;
}
