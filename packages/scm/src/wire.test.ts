import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { failsWith } from '@sortie/testing/scm-contract';
import { isPrivateAddress } from './private-address.ts';
import { createTransport } from './transport.ts';
import { openWire, type WireOptions } from './wire.ts';

describe('addresses', () => {
  it('[scm X19] private, loopback, link-local and embedded addresses are recognised', () => {
    const inside = [
      '127.0.0.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '255.255.255.255',
      '::',
      '::1',
      'fe80::1',
      'fd00::1',
      '::ffff:10.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::a00:1',
      '2002:7f00:1::',
      'not an address',
    ];
    for (const address of inside) assert.equal(isPrivateAddress(address), true, address);
    for (const address of ['1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1', '2002:101:101::'])
      assert.equal(isPrivateAddress(address), false, address);
  });
});

describe('wire', () => {
  it('[scm X19] refuses private addresses by literal and by name, unless the host is exempt', async () => {
    const server = createHttpServer((_, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const guarded = openWire({ refusesPrivate: true });
    const exempt = openWire({ refusesPrivate: true, privateHosts: ['127.0.0.1'] });
    try {
      for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1']) {
        const transport = createTransport({ base: new URL(`http://${host}:${port}/`), wire: guarded.wire });
        await failsWith(transport.send({ path: 'x' }), 'forbidden');
      }
      const transport = createTransport({ base: new URL(`http://127.0.0.1:${port}/`), wire: exempt.wire });
      assert.equal((await transport.send({ path: 'x' })).status, 200);
    } finally {
      guarded.close();
      exempt.close();
      server.closeAllConnections();
      server.close();
    }
  });

  it('gives up a connection that does not stand in time', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket.on('error', () => socket.destroy())));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const { wire, close } = openWire({ connectTimeout: 30 });
    try {
      // TLS never completes: nobody answers the hello.
      const transport = createTransport({
        base: new URL(`https://127.0.0.1:${port}/`),
        wire,
        timeout: 120_000,
      });
      const started = performance.now();
      await failsWith(transport.send({ method: 'POST', path: 'x' }), 'unavailable');
      assert.ok(performance.now() - started < 60_000);
    } finally {
      close();
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('goes through a proxy when one is set, except to hosts that are named as exceptions', async () => {
    const seen: string[] = [];
    const proxy = createHttpServer((request, response) => {
      seen.push(request.url ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const { wire, close } = openWire({ proxy: { HTTP_PROXY: `http://127.0.0.1:${port}` } });
    // Whoever went through this one would find nobody.
    const direct = openWire({ proxy: { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1' } });
    try {
      const transport = createTransport({ base: new URL('http://git.example.test/'), wire });
      assert.equal((await transport.send({ path: 'x' })).status, 200);
      assert.deepEqual(seen, ['http://git.example.test/x']);
      const here = new URL(`http://127.0.0.1:${port}/`);
      const past = createTransport({ base: here, wire: direct.wire });
      assert.equal((await past.send({ path: 'y' })).status, 200);
      assert.deepEqual(seen, ['http://git.example.test/x', '/y']);
    } finally {
      close();
      direct.close();
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it('[scm X38] verifies certificates, against an own CA too, unless it was told not to', async () => {
    const pem = (name: string) =>
      readFileSync(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
    const server = createHttpsServer({ key: pem('key'), cert: pem('cert') }, (_, response) =>
      response.end('{}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const answers = async (options: WireOptions) => {
      const { wire, close } = openWire(options);
      try {
        const transport = createTransport({ base: new URL(`https://127.0.0.1:${port}/`), wire });
        return (await transport.send({ method: 'POST', path: 'x' })).status;
      } finally {
        close();
      }
    };
    try {
      await failsWith(answers({}), 'unavailable');
      assert.equal(await answers({ ca: [pem('cert')] }), 200);
      assert.equal(await answers({ skipVerify: true }), 200);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
