import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GoValue } from './data.ts';
import { DEFAULT_LIMITS, type TemplateLimits } from './limits.ts';
import { renderTemplate } from './render.ts';
import { TemplateError } from './template-error.ts';

function limitOf(source: string, data: GoValue = {}, limits: Partial<TemplateLimits> = {}): string {
  try {
    renderTemplate(source, { name: 't', data, limits });
  } catch (error) {
    if (error instanceof TemplateError && error.kind === 'limit') return error.message;
    throw error;
  }
  throw new Error('The template rendered.');
}

function nest(count: number, open: string, inner: string, close: string): string {
  return open.repeat(count) + inner + close.repeat(count);
}

/** What somebody might send to stop the server, and the limit that stops it. */
const ATTACKS: Readonly<Record<string, readonly [source: string, message: RegExp]>> = {
  'a loop without end': ['{{range 9223372036854775807}}{{end}}', /steps/],
  'nested loops': [nest(12, '{{range 1000}}', '', '{{end}}'), /steps/],
  'a template that calls itself': ['{{define "a"}}{{template "a"}}{{end}}{{template "a"}}', /levels deep/],
  'nested parentheses': [`{{${nest(100_000, '(', '1', ')')}}}`, /levels deep/],
  'nested blocks': [nest(20_000, '{{if true}}', '', '{{end}}'), /levels deep/],
  'nested definitions': [nest(20_000, '{{block "a" .}}', '', '{{end}}'), /levels deep/],
  'a huge repetition': ['{{repeat "x" 1000000000000}}', /steps|bytes/],
  'a huge padding': ['{{padLeft "x" "y" 1000000000000}}', /steps|bytes/],
  'a text that doubles': ['{{$x := "aa"}}{{range 1000}}{{$x = append $x $x}}{{end}}', /bytes|steps/],
  'a text that doubles by printf': [
    '{{$x := "aa"}}{{range 1000}}{{$x = printf "%s%s" $x $x}}{{end}}',
    /bytes/,
  ],
  'a replacement that grows': ['{{$x := "aa"}}{{range 99}}{{$x = replace $x "" $x}}{{end}}', /bytes|steps/],
  'wide columns': ['{{range 1000}}{{$x := printf "%1000000d" 1}}{{end}}', /bytes/],
  'long fractions': ['{{range 1000}}{{$x := printf "%.1000000f" 1.0}}{{end}}', /bytes/],
  'much output': [`{{range 100000}}${'x'.repeat(1000)}{{end}}`, /writes more/],
  'comparing long texts': [
    '{{$x := repeat "ab" 1000000}}{{range 1000000}}{{$y := contains $x "c"}}{{end}}',
    /steps/,
  ],
  'JSON that is nested': [
    '{{jsonDecode (printf "{\\"a\\":%s1%s}" (repeat "[" 9000) (repeat "]" 9000))}}',
    /levels deep/,
  ],
  'a pattern that is nested': ['{{findRE (repeat "(" 100000) "a"}}', /levels deep/],
  'a pattern that is large': ['{{findRE (repeat "(a{100}){10}" 1000) "a"}}', /too large|steps/],
  'a pattern on a long text': ['{{findRE (repeat "(a|b)*" 100) (repeat "ab" 100000)}}', /steps/],
};

describe('limits', () => {
  for (const [attack, [source, message]] of Object.entries(ATTACKS)) {
    it(`stop ${attack}`, () => {
      assert.match(limitOf(source), message);
    });
  }

  it('stop data that is nested without end', () => {
    let data: GoValue = 1;
    for (let level = 0; level < 100_000; level += 1) data = [data];
    assert.match(limitOf('{{.}}', data), /levels deep/);
  });

  it('stop a template that is larger than 1 MiB', () => {
    assert.match(limitOf('x'.repeat(DEFAULT_LIMITS.sourceBytes + 1)), /larger than 1048576 bytes/);
  });

  it('leave a pattern that makes others backtrack', () => {
    const source =
      '{{findRE "(x+x+)+y" (repeat "x" 5000)}}{{findRE "^(a|a)*$" (append (repeat "a" 5000) "b")}}';
    assert.equal(renderTemplate(source, { name: 't', data: {} }), '[][]');
  });

  it('are options', () => {
    assert.match(limitOf('{{range 100}}{{end}}', {}, { steps: 50 }), /more than 50 steps/);
    assert.match(limitOf('{{((1))}}', {}, { depth: 2 }), /more than 2 levels/);
    assert.match(limitOf('{{repeat "x" 100}}', {}, { bytes: 50 }), /more than 50 bytes of values/);
    assert.match(limitOf('{{range 9}}xx{{end}}', {}, { outputBytes: 10 }), /writes more than 10 bytes/);
    assert.match(limitOf('xxxx', {}, { sourceBytes: 3 }), /larger than 3 bytes/);
  });

  it('are the same on every run', () => {
    const source = '{{range 300000}}{{.}}{{end}}';
    assert.equal(limitOf(source), limitOf(source));
  });

  it('let everything through that stays below the depth', () => {
    const deep = `{{${nest(DEFAULT_LIMITS.depth - 10, '(print ', '1', ')')}}}`;
    assert.equal(renderTemplate(deep, { name: 't', data: {} }), '1');
  });

  it('say where a template calls itself', () => {
    const source = 'a\n{{define "x"}}\n  {{template "x"}}{{end}}{{template "x"}}';
    assert.throws(() => renderTemplate(source, { name: 't', data: {} }), { line: 3, column: 5 });
  });
});
