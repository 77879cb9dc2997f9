/**
 * Spreads JSON over lines, two blanks for each level, and changes nothing else: numbers keep all their digits.
 * Expects valid JSON.
 */
export function layOutJson(json: string): string {
  let text = '';
  let indent = '';
  for (const [token] of json.matchAll(/"(?:\\.|[^"\\])*"|\[\s*\]|\{\s*\}|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    if (token === '{' || token === '[') {
      indent += '  ';
      text += `${token}\n${indent}`;
    } else if (token === '}' || token === ']') {
      indent = indent.slice(2);
      text += `\n${indent}${token}`;
    } else if (token === ',') text += `,\n${indent}`;
    else text += token === ':' ? ': ' : token.replace(/^([[{])\s+/, '$1');
  }
  return text;
}
