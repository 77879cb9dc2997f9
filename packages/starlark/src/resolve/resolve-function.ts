import type { Name, Parameter } from '../syntax/ast.ts';
import type { Resolver } from './resolve.ts';

/**
 * Makes the parameters variables and checks their order: required, optional, `*` or `*args`, keyword-only, `**kwargs`.
 * `*args` and `**kwargs` come last among the variables.
 */
export function bindParameters(resolver: Resolver, parameters: readonly Parameter[]): void {
  let hasOptional = false;
  let star: Parameter | undefined;
  let doubleStar: Parameter | undefined;
  let keywordOnlyCount = 0;
  for (const parameter of parameters) {
    if (doubleStar !== undefined)
      resolver.report(parameter.at, 'no parameter can come after the ** parameter');
    switch (parameter.kind) {
      case '*':
        if (star !== undefined) resolver.report(parameter.at, 'a function can have one * parameter only');
        star ??= parameter;
        break;
      case '**':
        doubleStar ??= parameter;
        break;
      default:
        if (star !== undefined) keywordOnlyCount += 1;
        else if (parameter.kind === 'required' && hasOptional) {
          resolver.report(parameter.at, 'a parameter without a default cannot come after one with a default');
        }
        hasOptional ||= parameter.kind === 'optional';
        bindParameter(resolver, parameter.name);
    }
  }
  if (star !== undefined && star.name === undefined && keywordOnlyCount === 0) {
    resolver.report(star.at, 'a bare * must be followed by keyword-only parameters');
  }
  bindParameter(resolver, star?.name);
  bindParameter(resolver, doubleStar?.name);
}

function bindParameter(resolver: Resolver, name: Name | undefined): void {
  if (name !== undefined && resolver.bind(name, name.start)) {
    resolver.report(name.start, `the parameter ${name.name} appears twice`);
  }
}
