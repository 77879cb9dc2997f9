import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpConfig } from './config-build.ts';

export interface PageOptions {
  /** What pages of a 0.5 session send with every change, as `<meta name="csrf-token">`. */
  readonly csrfToken?: string;
}

/** Sends the single-page interface and its files. */
export interface Pages {
  /** `index.html`, whatever the path: the page knows what to show. */
  sendPage(reply: FastifyReply, options?: PageOptions): Promise<FastifyReply>;
  /** A file of the interface; false when there is none at this path. */
  sendFile(path: string, request: FastifyRequest, reply: FastifyReply): Promise<boolean>;
}

export interface PagesDeps {
  /** Folder with the built interface: `index.html` and `assets/`. */
  readonly webRoot: string;
  /** Path below which the server is; empty at the root. */
  readonly pathPrefix: string;
  readonly http: Pick<
    HttpConfig,
    'contentSecurityPolicy' | 'referrerPolicy' | 'deniesFrames' | 'hasXssFilter'
  >;
}

/** Nothing inline and nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
};
const COMPRESSED: ReadonlySet<string> = new Set(['css', 'html', 'js', 'json', 'svg', 'txt', 'webmanifest']);

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sortie: not built</title>
<h1>The web interface has not been built</h1>
<p>The server works, but its pages are missing. Run <code>npm run build</code> and load this page again.</p>
</html>
`;

const compress = promisify(gzip);

export function createPages({ webRoot, pathPrefix, http }: PagesDeps): Pages {
  const files = new Map<string, Promise<Asset | undefined>>();
  return {
    async sendPage(reply, options = {}) {
      const html = await readIfThere(join(webRoot, 'index.html'));
      const status = html === undefined ? 503 : reply.statusCode;
      const headers = pageHeaders(http);
      return reply
        .status(status)
        .headers(headers)
        .send(
          addCsrfToken(
            html === undefined ? NOT_BUILT : placePage(html.toString('utf8'), pathPrefix),
            options,
          ),
        );
    },
    async sendFile(path, request, reply) {
      if (!isFilePath(path)) return false;
      const asset = await (files.get(path) ?? remember(files, path, loadAsset(webRoot, path)));
      if (asset === undefined) return false;
      await sendAsset(asset, request, reply);
      return true;
    },
  };
}

/**
 * The built page names its files relative to itself; it is sent for addresses of any depth, so they get the place of
 * the server. The page reads that place too, from the element `sortie-prefix`.
 */
function placePage(html: string, pathPrefix: string): string {
  return html
    .replace(/(\s(?:src|href)=")\.\//g, `$1${pathPrefix}/`)
    .replace('name="sortie-prefix" content=""', `name="sortie-prefix" content="${pathPrefix}"`);
}

/** The token is of letters, digits, `.`, `-` and `_`. */
function addCsrfToken(page: string, { csrfToken }: PageOptions): string {
  if (csrfToken === undefined) return page;
  const element = `<meta name="csrf-token" content="${csrfToken}">`;
  return page.replace('<meta charset="utf-8"', `${element}<meta charset="utf-8"`);
}

interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer | undefined;
  readonly isImmutable: boolean;
}

/** Only names of letters, digits, `.`, `_` and `-` that do not begin with a dot: nothing can lead out of the folder. */
function isFilePath(path: string): boolean {
  return /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\.[a-z0-9]+$/.test(path) && !path.endsWith('.html');
}

/** Files are few and small and are kept; one that is missing may be built later. */
function remember(
  files: Map<string, Promise<Asset | undefined>>,
  path: string,
  loading: Promise<Asset | undefined>,
): Promise<Asset | undefined> {
  files.set(path, loading);
  const forget = () => files.delete(path);
  loading.then((asset) => asset ?? forget(), forget);
  return loading;
}

async function loadAsset(webRoot: string, path: string): Promise<Asset | undefined> {
  const bytes = await readIfThere(join(webRoot, path));
  if (bytes === undefined) return undefined;
  const extension = path.slice(path.lastIndexOf('.') + 1);
  return {
    type: TYPES[extension] ?? 'application/octet-stream',
    bytes,
    gzipped: COMPRESSED.has(extension) ? await compress(bytes) : undefined,
    // The build puts a hash of the content into the names below /assets.
    isImmutable: path.startsWith('/assets/'),
  };
}

async function sendAsset(asset: Asset, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const seconds = asset.isImmutable ? 'max-age=31536000, immutable' : 'max-age=3600';
  reply
    .removeHeader('expires')
    .removeHeader('pragma')
    .removeHeader('x-accel-expires')
    .headers({ 'content-type': asset.type, 'cache-control': `public, ${seconds}`, vary: 'Accept-Encoding' });
  const accepts = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (asset.gzipped === undefined || !accepts) return void (await reply.send(asset.bytes));
  await reply.header('content-encoding', 'gzip').send(asset.gzipped);
}

function pageHeaders(http: PagesDeps['http']): Record<string, string> {
  const frames = http.deniesFrames ? "; frame-ancestors 'none'" : '';
  const nonce = randomBytes(16).toString('base64');
  const policy = http.contentSecurityPolicy.replaceAll('$NONCE', nonce) || `${POLICY}${frames}`;
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    ...(http.referrerPolicy === '' ? {} : { 'referrer-policy': http.referrerPolicy }),
    ...(http.deniesFrames ? { 'x-frame-options': 'DENY' } : {}),
    ...(http.hasXssFilter ? { 'x-xss-protection': '1; mode=block' } : {}),
  };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && ABSENT.has(String(error.code))) return undefined;
    throw error;
  }
}

const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);
