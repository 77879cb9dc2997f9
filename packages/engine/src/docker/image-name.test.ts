import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseImageName, registryHost } from './image-name.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

describe('image names', () => {
  const cases: readonly (readonly [text: string, reference: string, registry: string, tag: string])[] = [
    ['golang', 'docker.io/library/golang:latest', 'docker.io', 'latest'],
    ['golang:1.22', 'docker.io/library/golang:1.22', 'docker.io', '1.22'],
    ['plugins/docker', 'docker.io/plugins/docker:latest', 'docker.io', 'latest'],
    ['docker.io/golang', 'docker.io/library/golang:latest', 'docker.io', 'latest'],
    ['index.docker.io/octo/app:1', 'docker.io/octo/app:1', 'docker.io', '1'],
    ['ghcr.io/octo/app', 'ghcr.io/octo/app:latest', 'ghcr.io', 'latest'],
    ['localhost/app', 'localhost/app:latest', 'localhost', 'latest'],
    ['registry.example.com:5000/app:2', 'registry.example.com:5000/app:2', 'registry.example.com:5000', '2'],
    ['registry:5000/a/b/c', 'registry:5000/a/b/c:latest', 'registry:5000', 'latest'],
    [`golang@${DIGEST}`, `docker.io/library/golang@${DIGEST}`, 'docker.io', ''],
    [`golang:1.22@${DIGEST}`, `docker.io/library/golang:1.22@${DIGEST}`, 'docker.io', '1.22'],
  ];
  for (const [text, reference, registry, tag] of cases) {
    test(`${text} is ${reference}`, () => {
      assert.deepEqual(parseImageName(text), { reference, registry, tag });
    });
  }

  for (const text of ['', 'UPPER', 'a b', 'app:', 'app:ta g', 'app@sha256:short', 'a//b', '../etc', '-x']) {
    test(`${JSON.stringify(text)} names no image`, () => {
      assert.equal(parseImageName(text), undefined);
    });
  }

  test('registry addresses are compared by host', () => {
    assert.equal(registryHost('https://index.docker.io/v1/'), 'docker.io');
    assert.equal(registryHost('registry.example.com:5000'), 'registry.example.com:5000');
  });
});
