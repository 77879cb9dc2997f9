import { Failure } from '../errors.ts';
import { bounds, checkMutable } from '../values/access.ts';
import { isEqual } from '../values/compare.ts';
import { extendList } from '../values/extend.ts';
import type { List, Value } from '../values/value.ts';
import { checkPositional, countAt, elementsAt, intAt, type Method } from './arguments.ts';

export const LIST_METHODS: ReadonlyMap<string, Method<List>> = new Map<string, Method<List>>([
  [
    'append',
    (list, call) => {
      checkPositional(call, 1, 1);
      checkMutable(list, 'append to');
      call.meter.allocate(8);
      list.items.push(call.args[0] ?? null);
      return null;
    },
  ],
  [
    'clear',
    (list, call) => {
      checkPositional(call, 0, 0);
      checkMutable(list, 'clear');
      list.items = [];
      return null;
    },
  ],
  [
    'extend',
    (list, call) => {
      checkPositional(call, 1, 1);
      extendList(list, elementsAt(call, 0), call.meter, 'extend');
      return null;
    },
  ],
  [
    'index',
    (list, call) => {
      checkPositional(call, 1, 3);
      const [value = null, low, high] = call.args;
      const { start, end } = bounds(low, high, list.items.length);
      for (let index = start; index < end; index += 1) {
        if (isEqual(list.items[index] as Value, value, call.meter)) return index;
      }
      throw new Failure('index(): the list has no such value');
    },
  ],
  [
    'insert',
    (list, call) => {
      checkPositional(call, 2, 2);
      const index = countAt(call, 0);
      checkMutable(list, 'insert into');
      call.meter.allocate(8);
      call.meter.scan(list.items.length);
      list.items.splice(index, 0, call.args[1] ?? null);
      return null;
    },
  ],
  [
    'pop',
    (list, call) => {
      checkPositional(call, 0, 1);
      const { length } = list.items;
      const index = call.args.length === 0 ? length - 1 : intAt(call, 0);
      const position = index < 0 ? index + length : index;
      if (position < 0 || position >= length) {
        throw new Failure(`pop(): the index ${index} is out of range, the list has ${length} elements`);
      }
      checkMutable(list, 'pop from');
      call.meter.scan(length - position);
      return list.items.splice(position, 1)[0] ?? null;
    },
  ],
  [
    'remove',
    (list, call) => {
      checkPositional(call, 1, 1);
      checkMutable(list, 'remove from');
      const value = call.args[0] ?? null;
      const index = list.items.findIndex((item) => isEqual(item, value, call.meter));
      if (index < 0) throw new Failure('remove(): the list has no such value');
      list.items.splice(index, 1);
      return null;
    },
  ],
]);
