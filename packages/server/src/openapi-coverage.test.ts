import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ROUTES } from '@sortie/contract/routes';
import { hasDroneOpenApi, readDroneOpenApi } from '@sortie/testing/drone-openapi';
import { renderOpenApi } from './openapi.ts';

interface SchemaObject {
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, SchemaObject>>;
  readonly items?: SchemaObject;
}
type Content = Readonly<Record<string, { readonly schema?: SchemaObject }>>;
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, SchemaObject>> };
}

/** Where Drone's document says something that neither Drone nor Sortie does (api-v1.md 6.1). */
const OTHER_STATUS: Readonly<Record<string, string>> = {
  disableRepo: '200: answers the repository',
  repairRepo: '200: answers the repository',
  cancelBuild: '200: answers the build, which the pages of Drone read',
  triggerCronJob: '200: answers the build',
};

/** Parameters that Drone's document files elsewhere. */
const OTHER_PARAMETER: Readonly<Record<string, string>> = {
  'getBuild.branch': 'belongs to `builds/latest`, which is getLatestBuild',
};

test('the document is a valid OpenAPI 3.1 document', async () => {
  const validator = new Validator();
  const document = JSON.parse(JSON.stringify(renderOpenApi({ version: '0.1.0' })));
  const result = await validator.validate(document);
  assert.deepEqual(result, { valid: true });
  assert.equal(validator.version, '3.1');
});

test('each operation of Drone’s own document is there, with its address, its parameters and its status', {
  skip: hasDroneOpenApi ? false : 'the specification does not lie in ../shared',
}, () => {
  const ours = readOurs();
  const theirs = readDroneOpenApi() as Document;
  const routes = new Map(ROUTES.map((route) => [route.id, route]));
  const complaints: string[] = [];
  let count = 0;
  for (const [path, operations] of Object.entries(theirs.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      if (operation.operationId === undefined) continue;
      count += 1;
      const route = routes.get(operation.operationId);
      if (route === undefined) {
        complaints.push(`${operation.operationId} is missing`);
        continue;
      }
      if (shapeOf(route.path) !== shapeOf(path) || route.method !== method.toUpperCase()) {
        complaints.push(`${route.id} is ${route.method} ${route.path}, not ${method} ${path}`);
      }
      complaints.push(...compare(operation, operationOf(ours, route.path, method)));
    }
  }
  assert.deepEqual(complaints, []);
  assert.equal(count, 61);
});

function compare(theirs: Operation, ours: Operation): readonly string[] {
  const complaints: string[] = [];
  const success = Object.keys(theirs.responses).find((status) => status.startsWith('2')) ?? '200';
  const expected = OTHER_STATUS[theirs.operationId]?.slice(0, 3) ?? success;
  if (ours.responses[expected] === undefined) complaints.push(`${theirs.operationId} answers no ${expected}`);
  const named = new Set((ours.parameters ?? []).map(({ name }) => name));
  for (const { name, in: place } of theirs.parameters ?? []) {
    const isOther = OTHER_PARAMETER[`${theirs.operationId}.${name}`] !== undefined;
    if (place === 'query' && !named.has(name) && !isOther)
      complaints.push(`${theirs.operationId} has no ?${name}`);
  }
  if (theirs.requestBody !== undefined && ours.requestBody === undefined) {
    complaints.push(`${theirs.operationId} takes no body`);
  }
  return complaints;
}

/** Members that Drone's document misspells, or that Sortie never answers. */
const OTHER_MEMBERS: Readonly<Record<string, string>> = {
  'User.token': 'answered only where a token is made or revealed',
  'Secret.data': 'a value is never answered',
};

test('each member of Drone’s objects is there with its type', {
  skip: hasDroneOpenApi ? false : 'the specification does not lie in ../shared',
}, () => {
  const theirs = readDroneOpenApi() as Document;
  const ours = readOurs();
  const complaints: string[] = [];
  for (const name of [
    'User',
    'Repo',
    'Build',
    'Stage',
    'Step',
    'Secret',
    'Cron',
    'Template',
    'Node',
    'Line',
  ]) {
    const wanted = theirs.components.schemas[name]?.properties ?? {};
    const given = ours.components.schemas[name]?.properties ?? {};
    for (const [member, schema] of Object.entries(wanted)) {
      if (OTHER_MEMBERS[`${name}.${member}`] !== undefined) continue;
      const found = given[member];
      if (found === undefined) complaints.push(`${name}.${member} is missing`);
      else if (!fits(found, schema)) complaints.push(`${name}.${member} is no ${String(schema.type)}`);
    }
  }
  assert.deepEqual(complaints, []);
});

function fits(ours: SchemaObject, theirs: SchemaObject): boolean {
  const type = ours.type ?? (ours.$ref === undefined ? undefined : 'object');
  // A closed set of texts has no type of its own.
  if (type === undefined) return true;
  return theirs.type === undefined || [type].flat().includes(String(theirs.type));
}

function readOurs(): Document {
  return JSON.parse(JSON.stringify(renderOpenApi({ version: '0.1.0' }))) as Document;
}

function operationOf(document: Document, path: string, method: string): Operation {
  const operation = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method];
  if (operation === undefined) throw new Error(`the document has no ${method} ${path}`);
  return operation;
}

/** An address without the names of its parameters. */
function shapeOf(path: string): string {
  return path.replace(/:\w+|\{\w+\}/g, '*');
}
